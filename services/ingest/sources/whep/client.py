"""The HTTP side of one session: the offer posted, the session deleted (draft-ietf-wish-whep, section 4).

What a server says is bounded in bytes and time. A redirect is followed on the same origin alone, and the session is
deleted there alone: the token is for nobody else.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from types import TracebackType

import aiohttp
from yarl import URL

from services.ingest.sources.pulling.errors import (
    CertificateRefused,
    ConnectionLost,
    PullError,
    Redirected,
    RequestRefused,
    Silent,
    StreamNotFound,
    Unreachable,
)
from services.ingest.sources.whep.errors import (
    AnswerMalformed,
    NotLive,
    NotWhep,
    ServerOffers,
    TokenMissing,
    TokenRefused,
)
from services.ingest.sources.whep.token import Token

SDP = "application/sdp"
MAX_ANSWER_BYTES = 65_536
REDIRECTS = 3
DELETE_S = 2.0
HEADERS = {"User-Agent": "Veilward", "Accept": SDP, "Accept-Encoding": "identity"}
REFUSALS: dict[int, type[PullError]] = {404: StreamNotFound, 410: StreamNotFound, 406: ServerOffers, 409: NotLive}


class WhepClient:
    """One session. Ends with the block, after `delete`."""

    def __init__(self, url: str, token: Token | None, tls: ssl.SSLContext, patience_s: float) -> None:
        self._url, self._token = URL(url, encoded=True), token
        self._session: URL | None = None
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, force_close=True),
            timeout=aiohttp.ClientTimeout(total=2 * patience_s, sock_connect=patience_s),
            headers=HEADERS | (token.header if token else {}),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    async def __aenter__(self) -> WhepClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def post(self, offer: str) -> str:
        """Post an offer; the answer's text. Raises PullError."""
        url = self._url
        for _ in range(1 + REDIRECTS):
            async with (
                _told_apart(),
                self._http.post(
                    url, data=offer.encode(), headers={"Content-Type": SDP}, allow_redirects=False
                ) as answer,
            ):
                if answer.status not in (307, 308):
                    return await self._taken(answer)
                found = self._within(answer)
                if found is None:
                    raise Redirected("to another host")
                url = found
        raise Redirected("on and on")

    async def delete(self) -> None:
        """End the session at the server, if it said where. A server that does not listen sees the connection end."""
        if self._session is None:
            return
        session, self._session = self._session, None
        patience = aiohttp.ClientTimeout(total=DELETE_S)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with self._http.delete(session, allow_redirects=False, timeout=patience):
                pass

    async def _taken(self, answer: aiohttp.ClientResponse) -> str:
        if answer.status != 201:
            raise self._refusal(answer.status)
        self._session = self._within(answer)
        if answer.content_type != SDP:
            raise NotWhep("no session description")
        read = bytearray()
        async for part in answer.content.iter_any():
            read += part
            if len(read) > MAX_ANSWER_BYTES:
                raise AnswerMalformed(f"more than {MAX_ANSWER_BYTES} bytes")
        try:
            return read.decode()
        except UnicodeDecodeError:
            raise AnswerMalformed("not UTF-8") from None

    def _within(self, answer: aiohttp.ClientResponse) -> URL | None:
        """The answer's Location, where it is on the same origin."""
        try:
            found = answer.url.join(URL(answer.headers["Location"], encoded=True))
            return found if found.origin() == self._url.origin() else None
        except (KeyError, ValueError):
            return None

    def _refusal(self, status: int) -> PullError:
        if status == 401 and self._token is None:
            return TokenMissing("a token is wanted")
        if status == 401 or (status == 403 and self._token is not None):
            return TokenRefused("refused")
        if status < 400:
            return NotWhep("no session was created")
        return REFUSALS.get(status, RequestRefused)(f"status {status}")


@contextlib.asynccontextmanager
async def _told_apart() -> AsyncIterator[None]:
    """aiohttp's errors as this package's: no text of them, which names the address, goes on."""
    try:
        yield
    except aiohttp.ClientConnectorCertificateError:
        raise CertificateRefused("not the authority's, or for another name") from None
    except aiohttp.ClientSSLError:
        raise NotWhep("no TLS session") from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise Unreachable("no connection") from None
    except TimeoutError:
        raise Silent("no answer in time") from None
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, aiohttp.ClientOSError):
        raise ConnectionLost("ended while asked") from None
    except (aiohttp.ClientError, ValueError):
        raise NotWhep("no answer that can be read") from None
