"""The page's HTTP, on loopback: under a path that nobody can guess, for a browser that calls this machine by address.

Browsers give their camera to pages over HTTPS, and to those of loopback (W3C Secure Contexts, 3.1). Other sites that
the same browser shows reach loopback too; they know neither the path nor may they read an answer.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
from aiohttp import web

from localsite.cameras.own_browser.session import SDP, PassedOn

STATIC = Path(__file__).with_name("static")
FILES = {"page.html": "text/html", "page.js": "text/javascript", "page.css": "text/css"}
EVENTS = frozenset({"connected", "disconnected", "refused"})
"""What the page may report; "refused": the person, or the browser, gave no camera."""
MAX_BODY_BYTES = 65_536
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "media-src 'self' blob: mediastream:; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Page:
    """report: is told each of EVENTS, and "deleted" with the endpoint's status."""

    def __init__(self, session: PassedOn, report: Callable[..., None]) -> None:
        self._session, self._report = session, report
        self._path = "/" + secrets.token_urlsafe(24)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Listen on any free port of loopback; the page's address."""
        application = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._guard])
        application.router.add_get(f"{self._path}/", self._file)
        application.router.add_get(self._path + "/{name}", self._file)
        application.router.add_post(f"{self._path}/whip", self._offer)
        application.router.add_delete(f"{self._path}/whip", self._end)
        application.router.add_post(f"{self._path}/report", self._take)
        runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}{self._path}/"
        finally:
            await runner.cleanup()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        own = f"127.0.0.1:{port}"
        if request.host != own or request.headers.get("Origin", f"http://{own}") != f"http://{own}":
            answer: web.StreamResponse = web.Response(status=403, text="another site")  # a name led here, or a page
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as refusal:
                answer = web.Response(status=refusal.status, text=refusal.reason)
            except (aiohttp.ClientError, TimeoutError):
                answer = web.Response(status=502, text="the room's device does not answer")
        answer.headers.update(HEADERS)
        return answer

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "page.html")
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=(STATIC / name).read_text(encoding="utf-8"), content_type=FILES[name])

    async def _offer(self, request: web.Request) -> web.Response:
        answer = await self._session.offer(await request.text())
        return web.Response(status=answer.status, text=answer.text, content_type=SDP if answer.status == 201 else None)

    async def _end(self, _: web.Request) -> web.Response:
        status = await self._session.end()
        if status is not None:
            self._report("deleted", status=status)
        return web.Response(status=200)

    async def _take(self, request: web.Request) -> web.Response:
        event = await request.text()
        if event not in EVENTS:
            raise web.HTTPBadRequest
        self._report(event)
        return web.Response(status=204)
