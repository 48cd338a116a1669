"""The alerts of a ward, to be searched, as far back as they are kept; a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.days.ward_report import alerts_table, as_file
from services.alerts.dashboard.name_order import by_name
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.alert import Alert, Outcome
from services.alerts.policy.wall_hours import midnight
from services.alerts.records.history import PAGE, Wanted
from services.alerts.records.memory import Memory
from services.alerts.records.tables import NAME

AWAY = "The database is away."
UNSAID = "none"
TABLE = 5000
"""Alerts of one table."""
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for, as texts; what says nothing, or nothing that is known, asks for any."""

    room: str = ""
    level: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""
    words: str = ""

    def wanted(self, ward: str, after: str | None, zone: tzinfo) -> Wanted:
        """The same for the database. Days are the ward's; until is the last of them."""
        since, until = _day(self.since), _day(self.until)
        return Wanted(
            wards=(ward,),
            room=self.room or None,
            words=self.words,
            level=int(self.level) if self.level in ("1", "2", "3") else None,
            outcome=Outcome(self.outcome) if self.outcome in list(Outcome) else None,
            unsaid=self.outcome == UNSAID,
            since=None if since is None else midnight(since, zone),
            before=None if until is None else midnight(until + timedelta(days=1), zone),
            after=after,
        )

    def query(self, **more: str) -> str:
        """The same as a query of an address."""
        own = {name: getattr(self, name) for name in Asked.__slots__}
        return urlencode({name: text for name, text in (own | more).items() if text})


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


class HistoryPage:
    """The routes of /ward/<ward>/history, as a page and as a table."""

    def __init__(self, memory: Memory, pages: Mapping[str, WardPage], renderer: Renderer) -> None:
        self._memory = memory
        self._pages = pages
        self._renderer = renderer

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/ward/{ward}/history", self.page, methods=["GET"])
        router.add_api_route("/ward/{ward}/history.csv", self.table, methods=["GET"])

    async def page(self, request: Request, ward: str, after: str = "") -> Response:
        """One page of alerts, the newest first. after: those that come after this one."""
        page, now = self._pages[ward], self._memory.clock()
        asked, found, problem, status = _asked(request), list[Alert](), "", 200
        try:
            wanted = asked.wanted(ward, after or None, self._renderer.zone)
            found = await self._memory.history.find(wanted, PAGE + 1)
        except RecordsUnavailable:
            problem, status = AWAY, 503
        shown = found[:PAGE]
        return drawn(
            self._renderer,
            request,
            "history.html",
            status,
            folder="days",
            ward=page.ward,
            rooms=sorted(page.rooms().items(), key=lambda one: by_name(one[1])),
            names=page.names(),
            asked=asked,
            alerts=shown,
            outcomes=[*Outcome],
            unsaid=UNSAID,
            older=asked.query(after=shown[-1].id) if len(found) > PAGE else "",
            newest=asked.query() if after else None,
            table=asked.query(),
            now=now,
            problem=problem,
        )

    async def table(self, request: Request, ward: str, after: str = "") -> Response:
        """The same for programs: TABLE alerts at most, the newest first; the next begin after the last one's id."""
        zone = self._renderer.zone
        try:
            found = await self._memory.history.find(_asked(request).wanted(ward, after or None, zone), TABLE)
        except RecordsUnavailable:
            raise HTTPException(503, "records_unavailable") from None
        return as_file(alerts_table(found, self._pages[ward].rooms(), zone), f"{ward}-history.csv")


def _asked(request: Request) -> Asked:
    return Asked(**{name: request.query_params.get(name, "").strip()[: NAME.length] for name in Asked.__slots__})
