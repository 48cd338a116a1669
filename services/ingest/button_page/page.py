"""The button's page over HTTPS: state of the room's cameras, and pauses. No log-in, no picture, no name.

It begins pauses and ends none. Whoever paused may have been the resident, and whoever comes to the button next is
somebody else whom nobody knows: to be seen again is not for them to decide. A pause that was not needed ends by itself,
after the minutes of its button, or on the ward's page, under the name of whoever ends it there.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from aiohttp import web

from services.ingest.button_page.words import chosen, word
from services.ingest.consent.gate import Gate
from services.ingest.consent.verdict import Verdict
from services.ingest.forms import field
from services.runtime.logging import get_logger, log_event
from services.site.records import Site

STATIC = Path(__file__).with_name("static")
FILES = {"page.js": "text/javascript", "page.css": "text/css"}
MINUTES = (15, 30, 60)
MAX_BODY_BYTES = 1024
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with less, browsers do not say which page sent a form
    "X-Content-Type-Options": "nosniff",
}

_log = get_logger("ingest")


@dataclass(frozen=True)
class ButtonPage:
    """site: whose cameras the gate is before."""

    site: Site
    gate: Gate

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_guard])
        application.router.add_get("/", self._front)
        application.router.add_post("/pause", self._pause)
        application.router.add_get("/static/{name}", _static)
        return application

    async def _front(self, request: web.Request) -> web.Response:
        return self._page(request)

    async def _pause(self, request: web.Request) -> web.Response:
        asked = await field(request, "minutes")
        if asked not in {str(one) for one in MINUTES}:
            return web.Response(status=422, text="not one of the buttons")
        seconds = 60.0 * int(asked)
        kept = await asyncio.gather(*(self._paused(camera, seconds) for camera in self.site.camera_ids))
        return (
            web.Response(status=303, headers={"Location": "/"}) if all(kept) else self._page(request, "not_kept", 507)
        )

    async def _paused(self, camera: str, seconds: float) -> bool:
        """Pause a camera; whether it is on the disk, too."""
        try:
            await self.gate.pause(camera, seconds, "")
        except OSError as error:
            log_event(_log, "pause_not_kept", logging.ERROR, camera=camera, reason=error.strerror)
            return False
        return True

    def _page(self, request: web.Request, problem: str = "", status: int = 200) -> web.Response:
        language = chosen(request.headers.get("Accept-Language", ""))
        cameras = "".join(self._camera(language, name) for name in self.site.camera_ids)
        buttons = "".join(f'<button name="minutes" value="{one}">{one} min</button>' for one in MINUTES)
        html = Template((STATIC / "page.html").read_text(encoding="utf-8")).substitute(
            language=language,
            title=word(language, "title"),
            problem=f'<p class="problem" role="alert">{word(language, problem)}</p>' if problem else "",
            lost=word(language, "lost"),
            cameras=cameras,
            pause=word(language, "pause"),
            buttons=buttons,
            ends=word(language, "ends"),
        )
        return web.Response(status=status, text=html, content_type="text/html")

    def _camera(self, language: str, name: str) -> str:
        verdict = self.gate.verdict(name)
        kind = "on" if verdict.may else "paused" if verdict.status == "paused" else "off"
        label = escape(self.site.entry(name).name)
        return f'<li class="{kind}"><h2>{label}</h2><p class="state">{_state(language, verdict)}</p></li>'


def _state(language: str, verdict: Verdict) -> str:
    if verdict.may:
        return word(language, "on")
    if verdict.status != "paused":
        why = word(language, "no_consent") if verdict.status in ("no_consent", "consent_withdrawn") else ""
        return word(language, "off") + (f" <small>{why}</small>" if why else "")
    left = "" if verdict.left_s is None else word(language, "left").format(minutes=math.ceil(verdict.left_s / 60))
    why = f" ({escape(verdict.why)})" if verdict.why and verdict.why != "paused" else ""
    by = f"{word(language, 'by')} {word(language, verdict.by)}{why}"
    return f"{word(language, 'paused')} <small>{by}</small> <strong>{left}</strong>"


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in FILES:
        raise web.HTTPNotFound
    return web.Response(text=(STATIC / name).read_text(encoding="utf-8"), content_type=FILES[name])


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if request.method == "POST" and not _own(request):
        answer: web.StreamResponse = web.Response(status=403, text="not sent by this page")
    else:
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            answer = web.Response(status=refusal.status, text=refusal.reason)
    answer.headers.update(HEADERS)
    return answer


def _own(request: web.Request) -> bool:
    """Whether the page itself sent a form: no other site in the device's browser presses the button."""
    origin = request.headers.get("Origin", "")
    try:
        return bool(origin) and urlsplit(origin).netloc == request.host
    except ValueError:  # no address
        return False
