"""Reports of a shift, a day or a week: how long people waited, how often nobody hurt, what could be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.days.report_plots import KINDS, counts, edges, waits
from services.alerts.dashboard.days.ward_report import (
    Room,
    WardReport,
    alerts_table,
    as_file,
    bar,
    rooms_table,
    ward_report,
)
from services.alerts.dashboard.languages.choice import language_of
from services.alerts.dashboard.name_order import by_name
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.period import Calendar, Length, Period
from services.alerts.policy.shifts import NAMES
from services.alerts.records.memory import Memory
from services.alerts.state.ward_state import WardState

AWAY = "The database is away."
FIRST, DAY = date(2000, 1, 2), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The period that an address names: the one before the present where it names none that has begun."""

    length: str = ""
    day: str = ""
    number: str = ""

    def period(self, calendar: Calendar, now: datetime) -> Period:
        """Found in the calendar."""
        length = Length(self.length) if self.length in list(Length) else Length.SHIFT
        last = calendar.before(calendar.at(length, now))
        try:
            day = date.fromisoformat(self.day)
            number = int(self.number or 0)
        except ValueError:
            return last
        if not (FIRST <= day <= now.date() + DAY and 0 <= number < len(calendar.starts)):
            return last
        found = calendar.period(length, day, number)
        return found if found.start < now else last


def query(one: Period) -> str:
    """A period as a query of an address."""
    return urlencode({"length": one.length.value, "day": one.day.isoformat(), "number": one.number})


class ReportsPage:
    """Routes of /ward/<ward>/reports."""

    def __init__(
        self,
        memory: Memory,
        ward_state: WardState,
        pages: Mapping[str, WardPage],
        renderer: Renderer,
        calendar: Calendar,
    ) -> None:
        self._memory = memory
        self._ward_state = ward_state
        self._pages = pages
        self._renderer = renderer
        self._calendar = calendar

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/ward/{ward}/reports", self.page, methods=["GET"])
        router.add_api_route("/ward/{ward}/reports/{table}.csv", self.table, methods=["GET"])

    async def page(self, request: Request, ward: str) -> Response:
        """A report to read and to print."""
        now, calendar = self._memory.clock(), self._calendar
        period = self._asked(request).period(calendar, now)
        renderer = self._renderer.spoken(language_of(request))
        found, problem, status = None, "", 200
        try:
            found = await self._report(ward, period, now)
        except RecordsUnavailable:
            problem, status = AWAY, 503
        following = calendar.after(period)
        return drawn(
            self._renderer,
            request,
            "reports.html",
            status,
            folder="days",
            ward=self._pages[ward].ward,
            period=period,
            shift=NAMES[period.number] if period.length is Length.SHIFT else None,
            lengths=[(one.value, query(calendar.at(one, period.start))) for one in Length],
            here_query=query(period),
            earlier=query(calendar.before(period)),
            later=query(following) if following.start < now else None,
            report=found,
            bar=bar,
            kinds=KINDS,
            plots=None if found is None else self._plots(found, period, renderer),
            now=now,
            problem=problem,
        )

    async def table(self, request: Request, ward: str, table: str) -> Response:
        """The same for programs: alerts or rooms."""
        if table not in ("alerts", "rooms"):
            raise HTTPException(404, "unknown table")
        now = self._memory.clock()
        period = self._asked(request).period(self._calendar, now)
        try:
            found = await self._report(ward, period, now)
        except RecordsUnavailable:
            raise HTTPException(503, "records_unavailable") from None
        rooms, zone = {room.id: room.name for room, _ in found.rooms}, self._calendar.zone
        text = alerts_table(found.ward.alerts, rooms, zone) if table == "alerts" else rooms_table(found)
        return as_file(text, f"{ward}-{period.length.value}-{period.day.isoformat()}-{period.number}-{table}.csv")

    def _asked(self, request: Request) -> Asked:
        return Asked(**{name: request.query_params.get(name, "")[:16] for name in Asked.__slots__})

    async def _report(self, ward: str, period: Period, now: datetime) -> WardReport:
        names = self._pages[ward].rooms()
        rooms = [
            Room(room, names.get(room, room), tuple(cameras))
            for (of, room), cameras in self._ward_state.rooms.items()
            if of == ward
        ]
        rooms.sort(key=lambda one: by_name(one.name))
        return await ward_report(self._memory, ward, rooms, period, now)

    def _plots(self, found: WardReport, period: Period, renderer: Renderer) -> Mapping[str, object]:
        bounds = edges(period, renderer.zone)
        marks = [(at, renderer.mark(at, period.length is Length.WEEK)) for at in bounds]
        alerts = found.ward.alerts
        return {"waits": waits(alerts, marks, period), "counts": counts(alerts, bounds, marks, period)}
