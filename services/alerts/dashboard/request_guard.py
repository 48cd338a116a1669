"""Who may speak to the page, and what a browser may do with it.

Host is checked against the allowed names (DNS rebinding); a POST that carries an Origin must come from the page itself
(cross-site request forgery). Browsers send Origin with every POST (as null under
a no-referrer policy, which is why the policy is same-origin); a program that sends none is not a browser.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
MAX_BODY_BYTES = 4096


def host_name(authority: str) -> str:
    """The name in host[:port], without brackets, lower case; "" when it is none."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


class RequestGuard:
    """ASGI middleware: refuses wrong hosts, foreign origins and large bodies; adds the security headers."""

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str], secure: bool) -> None:
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed_hosts)
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._harden(MutableHeaders(scope=message))
            await send(message)

        refusal = self._refusal(Headers(scope=scope), str(scope["method"]))
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    def _refusal(self, headers: Headers, method: str) -> JSONResponse | None:
        host = headers.get("host", "")
        if host_name(host) not in self._allowed:
            return JSONResponse({"error": "unknown_host"}, 421)
        if method in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        scheme = "https" if self._secure else "http"
        if origin is not None and origin.lower() != f"{scheme}://{host.lower()}":
            return JSONResponse({"error": "foreign_origin"}, 403)
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return JSONResponse({"error": "foreign_origin"}, 403)
        length = headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return JSONResponse({"error": "body_too_large"}, 413)
        return None

    def _harden(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
        if self._secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
