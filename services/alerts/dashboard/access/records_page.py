"""Who read and did what, for auditors: the newest first, by person and kind, within the own wards."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.access.visitor import person_of
from services.alerts.dashboard.render import Renderer
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.people import People
from services.alerts.records.access_log import PAGE, EntryFilter, Kind

AWAY = "The database is away."


class RecordsPage:
    """The route of /records."""

    def __init__(self, people: People, renderer: Renderer) -> None:
        self._people = people
        self._renderer = renderer

    def add_to(self, router: APIRouter) -> None:
        """Register it."""
        router.add_api_route("/records", self.page, methods=["GET"])

    async def page(self, request: Request, actor: str = "", kind: str = "", before: int | None = None) -> Response:
        """One page of lines. before: lines older than that number."""
        _, reader = person_of(request)
        chosen = Kind(kind) if kind in [one.value for one in Kind] else None
        problem, status = "", 200
        try:
            await self._people.log.write()
            wanted = EntryFilter(actor or None, chosen, reader.wards, before)
            lines = await self._people.log.read(wanted)
        except RecordsUnavailable:
            lines, problem, status = [], AWAY, 503
        return drawn(
            self._renderer,
            request,
            "records.html",
            status,
            lines=lines,
            kinds=[one.value for one in Kind],
            kind=chosen.value if chosen else "",
            wanted=actor,
            older=lines[-1][0] if len(lines) == PAGE else None,
            now=self._people.clock(),
            problem=problem,
        )
