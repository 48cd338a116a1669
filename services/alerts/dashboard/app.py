"""Routes of the page, the events and the JSON API.

GET  /                          the ward's page, or what else the visitor may see
GET  /ward/<ward>               the page
GET  /ward/<ward>/chain         every chain from camera to ward, with the broken link marked
GET  /ward/<ward>/room/<room>   the room over the last 24 hours; days=7: over the last seven days
GET  /ward/<ward>/history       alerts of the ward, to be searched: by room, level, outcome, since, until, words
GET  /ward/<ward>/history.csv   the same as a table
GET  /ward/<ward>/reports       a shift, a day or a week: length, day, number
GET  /ward/<ward>/reports/<table>.csv            the same as a table of alerts or rooms
GET  /events?ward=<ward>        server-sent events: update (changed fragments), beat (the service's clock); tab=<id>
                                names the browser's tab, whose former connection ends
GET  /api/v1/ward/<ward>        snapshot
GET  /api/v1/alerts             open alerts and history
POST /api/v1/alerts/<id>/ack, /arrive            for whoever is signed in; 404 unknown, 409 what is otherwise by now
POST /api/v1/alerts/<id>/resolve, /reassess      the same with "outcome" and, where wished, "reason"
desk_routes.py has those of pauses, plan_pages.py those of plans, consent_pages.py those of consents.
GET  /api/v1/rejected           metadata of messages that were refused, of the own wards
GET  /api/v1/openapi.json       what programs may ask, as OpenAPI 3.1 (openapi/)

Who may is in access/rules.py, with the pages to sign in and those of people and records.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from services.alerts.actor import Role
from services.alerts.alert_writer import AlertWriter
from services.alerts.codec import Json, encode_alert, instant
from services.alerts.dashboard.access.answers import here, places
from services.alerts.dashboard.access.gate import Gate, ruled_route
from services.alerts.dashboard.access.language_pages import LanguagePages
from services.alerts.dashboard.access.own_pages import OwnPages
from services.alerts.dashboard.access.people_pages import PeoplePages
from services.alerts.dashboard.access.provider_pages import ProviderPages
from services.alerts.dashboard.access.records_page import RecordsPage
from services.alerts.dashboard.access.refusals import Refusals
from services.alerts.dashboard.access.rules import STATIC, require_rules
from services.alerts.dashboard.access.scopes import Scopes
from services.alerts.dashboard.access.sign_in_pages import SignInPages
from services.alerts.dashboard.access.visitor import still_there, visitor_of
from services.alerts.dashboard.acting import act_on_alert
from services.alerts.dashboard.api import encode_ward, for_whoever_passes
from services.alerts.dashboard.camera_to_ward_view import room_chains
from services.alerts.dashboard.consent_pages import ConsentPages
from services.alerts.dashboard.days.history_page import HistoryPage
from services.alerts.dashboard.days.reports_page import ReportsPage
from services.alerts.dashboard.days.room_page import RoomPage
from services.alerts.dashboard.desk_routes import add_desk
from services.alerts.dashboard.languages.choice import language_of
from services.alerts.dashboard.openapi.document import document
from services.alerts.dashboard.openapi.operations import DESCRIPTION
from services.alerts.dashboard.page_fragments import PageFragments
from services.alerts.dashboard.plan_pages import PlanPages
from services.alerts.dashboard.receivers_page import ReceiversPage
from services.alerts.dashboard.render import FORM_TOKEN_PLACE, Renderer, iso
from services.alerts.dashboard.viewers import Viewers
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.errors import Deposed
from services.alerts.notify.trial import Receivers
from services.alerts.people.people import People
from services.alerts.people.provider import Provider
from services.alerts.people.rights import Right
from services.alerts.policy.alert import Alert
from services.alerts.policy.period import Calendar
from services.alerts.records.memory import Memory
from services.bus.errors import MessageError
from services.bus.subjects import parse

BEAT_S = 5.0
SHIFTS = (time(6), time(14), time(22))
PROVIDER_BUTTON = "Sign in with your organisation"
TAB_LIMIT = 64


class Dashboard:
    """What the routes need. stop: set when the service drains; ends every event stream."""

    def __init__(
        self,
        writer: AlertWriter,
        people: People,
        memory: Memory,
        pages: dict[str, WardPage],
        renderer: Renderer,
        problems: Callable[[], tuple[str, ...]],
        stop: asyncio.Event,
        max_viewers: int = 64,
        provider: Provider | None = None,
        shifts: Sequence[time] = SHIFTS,
        receivers: Receivers = (),
    ) -> None:
        """shifts: when they begin, ascending. receivers: who is told of alerts beside the pages."""
        self.receivers = receivers
        self.writer = writer
        self.people = people
        self.memory = memory
        self.provider = provider
        self.shifts = shifts
        self.pages = pages
        self.renderer = renderer
        self.problems = problems
        self.stop = stop
        self.viewers = Viewers(writer.metrics, max_viewers)
        people.sessions.listeners += [page.wake_all for page in pages.values()]

    def ward_page(self, ward: str) -> WardPage:
        """A ward's page. Raises HTTPException 404."""
        if ward not in self.pages:
            raise HTTPException(404, "unknown ward")
        return self.pages[ward]

    def home(self, request: Request) -> Response:
        """The first page that a visitor may see."""
        visitor = visitor_of(request)
        ward = next((one for one in self.pages if visitor.actor and visitor.actor.sees(one)), None)
        if Right.SEE in visitor.rights and ward is not None:
            return self.page(ward, request)
        if Right.CHAIN in visitor.rights and ward is not None:
            return RedirectResponse(f"/ward/{ward}/chain", 303)
        return RedirectResponse("/records" if Right.RECORDS in visitor.rights else "/me", 303)

    def page(self, ward: str, request: Request) -> HTMLResponse:
        """A ward's page as it stands now, for one visitor."""
        visitor, page = visitor_of(request), self.ward_page(ward)
        page.refresh()
        spoken = page.spoken(language_of(request))
        html = {name: one.text for name, one in spoken.parts.items()}
        wards = [(one, page.ward.name) for one, page in self.pages.items() if visitor.actor and visitor.actor.sees(one)]
        head = places(visitor, here(request))
        text = spoken.renderer.page(page.view, wards, html, spoken.event_id(), self.writer.clock(), head)
        return HTMLResponse(text.replace(FORM_TOKEN_PLACE, visitor.form_token))

    async def shown(self, page: WardPage) -> None:
        """A screen has what a ward's page says: its alerts have reached somebody."""
        for alert in page.view.open:
            if alert.notified_at is None:
                await self.writer.notified(alert.id)

    async def follow(
        self, ward: WardPage, page: PageFragments, version: int, tab: str, request: Request
    ) -> AsyncIterator[str]:
        """Events of one browser that has a version of a page; a beat first, so that it knows that it is connected.

        The last one tells that whoever asked is signed in no more.
        """
        visitor = visitor_of(request)
        viewer = self.viewers.enter(tab)
        try:
            turn = page.next
            yield f"retry: 1000\n{beat(self.writer.clock())}"
            while not self.stop.is_set():
                changed = await page.wait_beyond(version, BEAT_S, turn)
                turn = page.next
                if self.stop.is_set() or viewer.replaced:
                    break
                if not await still_there(self.people, visitor, request):
                    yield "event: ended\ndata: {}\n\n"
                    break
                if changed:
                    fragments, version = page.newer(version), page.version
                    body = json.dumps({"now": iso(self.writer.clock()), "fragments": fragments})
                    yield f"id: {page.event_id()}\nevent: update\ndata: {body}\n\n"
                    await self.shown(ward)
                else:
                    yield beat(self.writer.clock())
        finally:
            self.viewers.leave(viewer)


def beat(now: datetime) -> str:
    """An event that only tells that the service lives, and its clock."""
    return f"event: beat\ndata: {json.dumps({'now': iso(now)})}\n\n"


def make_app(dashboard: Dashboard) -> FastAPI:
    """The ASGI application, without its guard. Raises RulesIncomplete for a route that states not who may."""
    app = FastAPI(title="veilward-alerts", docs_url=None, redoc_url=None, openapi_url=None)
    people, ward_state = dashboard.people, dashboard.writer.ward_state
    refusals = Refusals(people, dashboard.renderer)
    app.add_exception_handler(StarletteHTTPException, refusals.refused)
    app.add_exception_handler(RequestValidationError, refusals.unreadable)

    async def deposed(request: Request, error: Exception) -> Response:
        """Another replica leads by now: it is to be asked again."""
        return await refusals.shown(request, JSONResponse({"error": "deposed"}, 503, {"Retry-After": "1"}))

    app.add_exception_handler(Deposed, deposed)
    ruled = ruled_route(Gate(people, Scopes(people, ward_state, dashboard.pages.keys())), refusals.shown)
    app.router.route_class = ruled
    app.mount(STATIC, StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    _add_pages(app, dashboard)
    _add_api(app, dashboard)
    provider = dashboard.provider
    RoomPage(dashboard.memory, ward_state, dashboard.pages, dashboard.renderer).add_to(app.router)
    HistoryPage(dashboard.memory, dashboard.pages, dashboard.renderer).add_to(app.router)
    calendar = Calendar(dashboard.shifts, dashboard.renderer.zone)
    ReportsPage(dashboard.memory, ward_state, dashboard.pages, dashboard.renderer, calendar).add_to(app.router)
    LanguagePages(people).add_to(app.router)
    SignInPages(people, dashboard.renderer, PROVIDER_BUTTON if provider else None).add_to(app.router)
    ProviderPages(people, dashboard.renderer, provider).add_to(app.router)
    OwnPages(people, dashboard.renderer, ward_state.site).add_to(app.router)
    PeoplePages(people, dashboard.renderer, ward_state.site).add_to(app.router)
    RecordsPage(people, dashboard.renderer).add_to(app.router)
    ConsentPages(dashboard.writer, dashboard.renderer).add_to(app.router)
    PlanPages(dashboard.writer, dashboard.memory, dashboard.renderer).add_to(app.router)
    ReceiversPage(dashboard.receivers, dashboard.renderer, dashboard.writer.clock).add_to(app.router)
    require_rules(app.routes, ruled)
    return app


def _add_pages(app: FastAPI, dashboard: Dashboard) -> None:
    @app.get("/")
    async def home(request: Request) -> Response:
        return dashboard.home(request)

    @app.get("/ward/{ward}")
    async def page(ward: str, request: Request) -> HTMLResponse:
        return dashboard.page(ward, request)

    @app.get("/ward/{ward}/chain")
    async def chain(ward: str, request: Request) -> HTMLResponse:
        page, now = dashboard.ward_page(ward), dashboard.writer.clock()
        page.refresh()
        chains = room_chains(dashboard.writer.ward_state, page.ward, page.faults(), now)
        head = places(visitor_of(request), here(request))
        return HTMLResponse(dashboard.renderer.spoken(language_of(request)).chains(page.view, chains, now, head))

    @app.get("/events")
    async def events(request: Request, ward: str, tab: str = "") -> StreamingResponse:
        page = dashboard.ward_page(ward)
        spoken, tab = page.spoken(language_of(request)), tab[:TAB_LIMIT]
        if dashboard.viewers.full(tab):
            raise HTTPException(503, "too many viewers", {"Retry-After": "10"})
        seen = request.headers.get("last-event-id") or request.query_params.get("since")
        stream = dashboard.follow(page, spoken, spoken.resume(seen), tab, request)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _add_api(app: FastAPI, dashboard: Dashboard) -> None:
    described = document()

    @app.get(DESCRIPTION)
    async def description() -> dict[str, Any]:
        return described

    @app.get("/api/v1/ward/{ward}")
    async def snapshot(ward: str, request: Request) -> dict[str, Any]:
        page = dashboard.ward_page(ward)
        page.refresh()
        view = for_whoever_passes(page.view) if _is_screen(request) else page.view
        return encode_ward(view, dashboard.problems(), dashboard.writer.clock())

    @app.get("/api/v1/alerts")
    async def alerts(request: Request) -> dict[str, Any]:
        actor, ward_state = visitor_of(request).actor, dashboard.writer.ward_state

        def seen(alerts: Iterable[Alert]) -> list[Json]:
            return [encode_alert(one) for one in alerts if actor and actor.sees(one.camera.split("/")[0])]

        past = () if _is_screen(request) else ward_state.history
        return {"open": seen(ward_state.open_alerts()), "history": seen(past)}

    @app.post("/api/v1/alerts/{alert}/{verb}")
    async def act(alert: str, verb: str, request: Request) -> Response:
        return await act_on_alert(dashboard.writer, alert, verb, request)

    add_desk(app, dashboard.writer)

    @app.get("/api/v1/rejected")
    async def rejected(request: Request) -> list[dict[str, str]]:
        actor = visitor_of(request).actor
        return [
            {"at": instant(one.at), "subject": one.subject, "reason": one.reason}
            for one in dashboard.writer.rejected
            if actor and (actor.wards is None or _ward_of(one.subject) in actor.wards)
        ]


def _is_screen(request: Request) -> bool:
    actor = visitor_of(request).actor
    return actor is not None and actor.role is Role.SCREEN


def _ward_of(subject: str) -> str:
    """The ward that a subject names; empty where it names none: that is for those who see every ward."""
    try:
        return parse(subject).scope.get("ward", "")
    except MessageError:
        return ""
