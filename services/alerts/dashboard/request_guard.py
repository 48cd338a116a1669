"""Who may speak to the page, and what a browser may do with it.

The name that was asked for is checked against the allowed ones (DNS rebinding); a POST that carries an Origin must come
from the page itself (cross-site request forgery). Browsers send Origin with every POST (as null under
a no-referrer policy, which is why the policy is same-origin); a program that sends none is not a browser. What only
asks needs no body (RFC 9110, 9.3.1), and may have one of a length that is said: a replica that follows hands it on.
Of what is refused a person reads why, and what to do (guard_refusals.py), and that page's styles are anybody's.
"""

import asyncio
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.alerts.dashboard.forwarded import Asked, Forwarded, Network
from services.alerts.dashboard.guard_refusals import STYLES, UNKNOWN_HOST, GuardRefusals
from services.alerts.dashboard.render import Renderer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SAFE = frozenset({"GET", "HEAD"})
MAX_BODY_BYTES = 4096
BODY_TIMEOUT_S = 10.0


class RequestGuard:
    """ASGI middleware: refuses wrong hosts, foreign origins and large or slow bodies; adds the security headers.

    proxies: networks of proxies that are believed; replica_key: of the other replicas (forwarded.py). What a browser
    asked for is handed on as scope["asked"]. renderer: draws what a person reads who is refused.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Sequence[str],
        secure: bool,
        proxies: Sequence[Network] = (),
        replica_key: Callable[[], str] = str,
        renderer: Renderer | None = None,
    ) -> None:
        self._app = app
        self._refusals = GuardRefusals(renderer or Renderer())
        self._allowed = frozenset(name.lower().removesuffix(".") for name in allowed_hosts)
        self._forwarded = Forwarded(proxies, secure, replica_key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        client = self._forwarded.client(scope, headers)
        asked = self._forwarded.asked(scope, headers)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _harden(MutableHeaders(scope=message), asked)
            await send(message)

        app = self._app
        try:
            self._check(headers, scope, asked)
            if scope["method"] not in SAFE:
                receive = replayed(await read_body(receive))
        except Refused as error:
            app = self._refusals.answer(scope, error.label, error.status)
        await app({**scope, "client": (client, 0), "asked": asked}, receive, send_guarded)

    def _check(self, headers: Headers, scope: Scope, asked: Asked) -> None:
        """Raises Refused."""
        safe = scope["method"] in SAFE
        if asked.name not in self._allowed and not (safe and scope["path"] in STYLES):
            raise Refused(UNKNOWN_HOST, 421)
        origin = headers.get("origin")
        own = headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        if not safe and (not own or (origin is not None and not asked.is_origin(origin))):
            raise Refused("foreign_origin", 403)
        length = headers.get("content-length")
        if length is not None and (not length.isdigit() or int(length) > MAX_BODY_BYTES):
            raise Refused("body_too_large", 413)
        if safe and "transfer-encoding" in headers:  # it says no length, and is read by nobody here who would count it
            raise Refused("body_too_large", 413)


class Refused(Exception):
    """A request that is not taken. label, status: of the answer."""

    def __init__(self, label: str, status: int) -> None:
        super().__init__(label)
        self.label = label
        self.status = status


async def read_body(receive: Receive) -> bytes:
    """A request's whole body, counted as it comes: chunked bodies say no length. Raises Refused."""
    body = b""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Refused("incomplete", 400)
                body += bytes(message.get("body", b""))
                if len(body) > MAX_BODY_BYTES:
                    raise Refused("body_too_large", 413)
                if not message.get("more_body", False):
                    return body
    except TimeoutError:
        raise Refused("body_too_slow", 408) from None


def replayed(body: bytes) -> Receive:
    """A receive that gives a body that was read, and then nothing more."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _harden(headers: MutableHeaders, asked: Asked) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")
    if headers.get("content-type", "").partition(";")[0] != "text/event-stream":
        headers["Connection"] = "close"  # an idle connection may have gone silent: the next request takes a new one
    if asked.scheme == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000"
