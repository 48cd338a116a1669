"""The set-up page's HTTP: who shows the token sees the cameras' pictures and what is drawn on them.

A picture is shown as it is published, what masks cover black; of a camera whose shutter is closed, or whose picture is
withheld, the outlines alone. Nothing is changed by the page: it gives lines for site.yaml.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from aiohttp import web

from services.ingest.cameras import Camera
from services.ingest.forms import field as form_field
from services.ingest.setup_page.sign_in import SignIn
from services.ingest.setup_page.switch import ON_S, Switch
from services.ingest.setup_page.viewfinder import Viewfinder, jpeg
from services.runtime.clock import Clock
from services.runtime.log_rate_limit import LogRateLimit
from services.runtime.logging import get_logger, log_event
from services.site.records import Site

STATIC = Path(__file__).with_name("static")
FILES = {"page.js": "text/javascript", "page.css": "text/css", "icon.svg": "image/svg+xml"}
COOKIE = "__Host-setup"
MAX_BODY_BYTES = 4096
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_log = get_logger("ingest")


@dataclass(frozen=True)
class SetupPage:
    """Answers requests. site: whose cameras."""

    site: Site
    cameras: Mapping[str, Camera]
    switch: Switch
    sign_in: SignIn
    viewfinder: Viewfinder
    clock: Clock
    refusals: LogRateLimit = field(default_factory=LogRateLimit)

    def application(self) -> web.Application:
        """The routes. While the page is off every one answers 404."""
        application = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._guard])
        application.router.add_get("/", self._front)
        application.router.add_post("/sign-in", self._sign_in)
        application.router.add_get("/static/{name}", self._static)
        application.router.add_get("/cameras", self._list)
        application.router.add_get("/cameras/{camera}", self._regions)
        application.router.add_get("/cameras/{camera}/picture", self._picture)
        return application

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not self.switch.on:
            answer: web.StreamResponse = web.Response(status=404, text="off")
        elif request.path.startswith("/cameras") and not self._signed_in(request):
            answer = web.Response(status=401, text="sign in first")
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as refusal:
                answer = web.Response(status=refusal.status, text=refusal.reason)
        answer.headers.update(HEADERS)
        return answer

    def _signed_in(self, request: web.Request) -> bool:
        return self.sign_in.signed_in(request.cookies.get(COOKIE, ""))

    async def _front(self, request: web.Request) -> web.Response:
        if not self._signed_in(request):
            return _sign_in_form()
        return web.Response(text=(STATIC / "page.html").read_text(encoding="utf-8"), content_type="text/html")

    async def _sign_in(self, request: web.Request) -> web.Response:
        session = self.sign_in.sign_in((await form_field(request, "token")).strip(), request.remote or "")
        if session is None:
            self._tell_refused()
            return _sign_in_form("This is not the token.", 403)
        log_event(_log, "setup_signed_in")
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(COOKIE, session, max_age=int(ON_S), secure=True, httponly=True, samesite="Strict", path="/")
        return answer

    def _tell_refused(self) -> None:
        """A few a minute, with how many were left out before: whoever reaches the page has as many as he likes."""
        left_out = self.refusals.take()
        if left_out is not None:
            log_event(_log, "setup_refused", left_out=left_out)

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(text=(STATIC / name).read_text(encoding="utf-8"), content_type=FILES[name])

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response([{"id": one, "name": self.site.entry(one).name} for one in self.cameras])

    async def _regions(self, request: web.Request) -> web.Response:
        name, camera = self._camera(request)
        drawn, picture = self.site.entry(name).sight, self._shown(name, camera)
        return web.json_response(
            {
                "status": camera.condition(self.clock.now()).status,
                "size": None if picture is None else [picture[0], picture[1]],
                "drawn_on": None if drawn is None else drawn.drawn_on,
                "masks": [] if drawn is None else drawn.masks,
                "bed": None if drawn is None else drawn.bed,
            }
        )

    async def _picture(self, request: web.Request) -> web.Response:
        shown = self._shown(*self._camera(request))
        if shown is None:
            raise web.HTTPNotFound
        return web.Response(body=shown[2], content_type="image/jpeg")

    def _camera(self, request: web.Request) -> tuple[str, Camera]:
        name = request.match_info["camera"]
        if name not in self.cameras:
            raise web.HTTPNotFound
        return name, self.cameras[name]

    def _shown(self, name: str, camera: Camera) -> tuple[int, int, bytes] | None:
        """(width, height, JPEG); None while nothing of the camera may be seen, or nothing comes."""
        if camera.condition(self.clock.now()).status != "live":
            self.viewfinder.forget(name)
            return None
        picture = self.viewfinder.picture(name)
        return None if picture is None else (picture.width, picture.height, jpeg(picture))


def _sign_in_form(problem: str = "", status: int = 200) -> web.Response:
    said = f'<p role="alert"><b>{problem}</b></p>' if problem else ""
    html = Template((STATIC / "sign_in.html").read_text(encoding="utf-8")).substitute(problem=said)
    return web.Response(status=status, text=html, content_type="text/html")
