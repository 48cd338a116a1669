"""A room over days: levels as a plot and a table, what happened, who came, what is due, by which plan it calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.alerts.codec import Json
from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.camera_view import CameraView
from services.alerts.dashboard.days.course_plot import DAY, LOOKS, Look, all_edges, plot, rows
from services.alerts.dashboard.languages.choice import language_of
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.ward_page import WardPage
from services.alerts.dashboard.ward_view import room_view
from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.alert import Alert
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.course import Step, steps
from services.alerts.policy.wall_hours import midnights, whole_hours
from services.alerts.records.history import Wanted
from services.alerts.records.memory import Memory
from services.alerts.state.ward_state import WardState

AWAY = "The database is away."
MOST_ALERTS = 200
PART = timedelta(hours=6)
"""So much is read at once: the loop turns between, and no alarm waits for a page."""


@dataclass(frozen=True, slots=True)
class CameraDays:
    """One camera's days. plot: what the script draws; rows: the table, the newest first."""

    view: CameraView
    plan: CarePlan | None
    plot: Json
    rows: tuple[Step, ...]


class RoomPage:
    """The route of /ward/<ward>/room/<room>."""

    def __init__(
        self, memory: Memory, ward_state: WardState, pages: Mapping[str, WardPage], renderer: Renderer
    ) -> None:
        self._memory = memory
        self._ward_state = ward_state
        self._pages = pages
        self._renderer = renderer

    def add_to(self, router: APIRouter) -> None:
        """Register it."""
        router.add_api_route("/ward/{ward}/room/{room}", self.page, methods=["GET"])

    async def page(self, request: Request, ward: str, room: str, days: int = 1) -> Response:
        """The last 24 hours, or the last seven days."""
        if (ward, room) not in self._ward_state.rooms:
            raise HTTPException(404, "unknown room")
        now, look = self._memory.clock(), LOOKS.get(days, LOOKS[1])
        view = room_view(self._ward_state, self._pages[ward].ward, room, now)
        renderer = self._renderer.spoken(language_of(request))
        found: list[Alert] = []
        cameras: list[CameraDays] = []
        problem, status = "", 200
        try:
            wanted = Wanted(wards=(ward,), room=room, since=now - look.days * DAY)
            found = await self._memory.history.find(wanted, MOST_ALERTS)
            cameras = [await self._days(one, look, found, renderer, now) for one in view.cameras]
        except RecordsUnavailable:
            problem, status = AWAY, 503
        return drawn(
            self._renderer,
            request,
            "room.html",
            status,
            folder="days",
            ward=self._pages[ward].ward,
            room=view,
            look=look,
            looks=LOOKS,
            cameras=cameras,
            alerts=found,
            more=len(found) == MOST_ALERTS,
            ward_plan=self._ward_state.plans.get(ward),
            today=renderer.day(now),
            now=now,
            problem=problem,
        )

    async def _days(
        self, camera: CameraView, look: Look, alerts: list[Alert], renderer: Renderer, now: datetime
    ) -> CameraDays:
        own = [one for one in alerts if one.camera == camera.key]
        found = await self._steps(camera.key, all_edges(look, now, renderer.zone))
        start = now - look.days * DAY
        hours = whole_hours(start, now, renderer.zone) if look.days == 1 else midnights(start, now, renderer.zone)
        return CameraDays(
            camera,
            self._ward_state.plans.get(camera.key),
            plot(found, own, [(at, renderer.mark(at, look.days > 1)) for at in hours]),
            tuple(rows(look, found, now, renderer.zone)),
        )

    async def _steps(self, camera: str, edges: list[datetime]) -> list[Step]:
        found: list[Step] = []
        while len(edges) > 1:
            until = next((place for place, at in enumerate(edges) if at - edges[0] >= PART), len(edges) - 1)
            part, edges = edges[: until + 1], edges[until:]
            found += steps(await self._memory.levels.read([camera], part[0], part[-1]), part)
        return found
