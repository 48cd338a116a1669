"""What a replica that does not lead serves: everything, by asking the one that does.

One process has the whole truth of a ward: who was called, which sound is paused, which screen has seen what. Pages that
another process drew from a copy would be late by the copy, and acts would have to go to the leader all the same. So a
follower hands on every request, reads and acts alike, and its answer as it comes, event streams too. When the leader
dies, streams end; browsers connect again by themselves and are served by whoever leads then.

Whoever leads says in its lease, which only replicas can read, where its page is, which certificate it shows, and a key
by which it knows a replica that forwards and believes what it says of the browser (forwarded.py of dashboard).
"""

import asyncio
import logging
import ssl
from collections.abc import Callable

import httpx
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from services.alerts.dashboard.between_leaders import BetweenLeaders
from services.alerts.dashboard.forwarded import REPLICA_KEY, Asked
from services.alerts.leading.lease import Word
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

CONNECT_S = 2.0
HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "content-length"}
)
"""Headers of one connection, not of what is asked (RFC 9110, section 7.6.1)."""
END: Message = {"type": "http.response.body", "body": b"", "more_body": False}
SAID = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto"})


class Forwarding:
    """An ASGI application. leader: the newest word of whoever leads; None while nobody is known to."""

    def __init__(self, leader: Callable[[], Word | None], stop: asyncio.Event, between: BetweenLeaders) -> None:
        """stop: set when the service drains; ends every stream. between: what is answered while nobody can be asked."""
        self._leader = leader
        self._stop = stop
        self._between = between
        self._key = ""
        self._cut = asyncio.Event()
        self._shown = Word("")
        self._client: httpx.AsyncClient | None = None

    @property
    def knows_leader(self) -> bool:
        """Whether there is somebody to ask."""
        word = self._leader()
        return word is not None and bool(word.url)

    def look(self) -> None:
        """Notice whether another leads than before: streams of the one before, which may have stopped, end."""
        word = self._leader()
        key = word.key if word else ""
        if key != self._key:
            self._key = key
            self.cut()

    def cut(self) -> None:
        """End every stream: browsers connect again."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        word = self._leader()
        if scope["type"] != "http" or word is None or not word.url:
            await self._between.answer(scope, "nobody_leads")(scope, receive, send)
            return
        if not scope["raw_path"].startswith(b"/"):  # behind the leader's address it would be another's: @elsewhere
            await PlainTextResponse("no path", 400)(scope, receive, send)
            return
        body = await _whole(receive)
        path = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        client = await self._to(word)
        request = client.build_request(scope["method"], word.url + path, headers=_headers(scope, word), content=body)
        relay = asyncio.create_task(self._relay(client, request, scope, send))
        ends: list[asyncio.Task[object]] = [asyncio.create_task(one.wait()) for one in (self._cut, self._stop)]
        if scope["method"] in ("GET", "HEAD"):
            ends.append(asyncio.create_task(_gone(receive)))
        try:
            await asyncio.wait((relay, *ends), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (*ends, relay):
                one.cancel()
            await asyncio.gather(relay, *ends, return_exceptions=True)

    async def _relay(self, client: httpx.AsyncClient, request: httpx.Request, scope: Scope, send: Send) -> None:
        """The answer as it comes; 503 where there is none, also where another leads by now (cancelled).

        A stream of events may end anywhere, and is ended as whole; of any other answer the browser sees that it is cut.
        """
        begun = endless = whole = False
        try:
            answer = await client.send(request, stream=True)
            try:
                headers = [(name, value) for name, value in answer.headers.raw if name.lower().decode() not in HOP]
                begun = True
                endless = answer.headers.get("content-type", "").startswith("text/event-stream")
                await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
                async for part in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send(END)
                whole = True
            finally:
                await answer.aclose()
        except httpx.HTTPError as error:
            log_event(_log, "leader_did_not_answer", logging.DEBUG, reason=type(error).__name__)
        finally:
            if not begun:
                await self._between.answer(scope, "leader_away")(scope, _nothing, send)
            elif endless and not whole:
                await send(END)

    async def close(self) -> None:
        """Give the connections back."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _to(self, word: Word) -> httpx.AsyncClient:
        if self._client is None or (self._shown.url, self._shown.certificate) != (word.url, word.certificate):
            await self.close()
            self._shown = word
            self._client = httpx.AsyncClient(
                verify=_believing(word.certificate) if word.certificate else True,
                timeout=httpx.Timeout(None, connect=CONNECT_S),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
                trust_env=False,
            )
        return self._client


def _believing(certificate: str) -> ssl.SSLContext:
    """Believes exactly this certificate, whoever signed it: it was told by the bus."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    return context


def _headers(scope: Scope, word: Word) -> list[tuple[str, str]]:
    asked: Asked = scope["asked"]
    kept = [(name, value) for name, value in Headers(scope=scope).items() if name not in HOP | SAID | {REPLICA_KEY}]
    said = {"x-forwarded-for": str(scope["client"][0]), "x-forwarded-host": asked.name}
    if asked.scheme is not None:
        said["x-forwarded-proto"] = asked.scheme
    if asked.port is not None:
        said["x-forwarded-port"] = str(asked.port)
    return [*kept, *said.items(), (REPLICA_KEY, word.key)]


async def _whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return body


async def _gone(receive: Receive) -> None:
    """Until the browser is gone."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
