"""By which rules a ward calls: its page of settings, and the routes by which people set plans.

GET  /ward/<ward>/settings           the page: rules of the house, plans, and what was set, with what was before
GET  /api/v1/wards/<ward>/plans      plans of the ward and its cameras
POST /api/v1/plans/<scope>           {"reason", "review_on", ...}
POST /api/v1/plans/<scope>/end
A scope is <ward>, or a camera's <ward>/<room>/<camera>.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.requests import Request

from services.alerts.alert_writer import AlertWriter
from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.access.visitor import visitor_of
from services.alerts.dashboard.acting import said
from services.alerts.dashboard.name_order import by_name
from services.alerts.dashboard.plan_words import rules_words
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.settings_view import SettingLine, setting_line
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.rights import Right
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.errors import PlanError
from services.alerts.records.memory import Memory
from services.alerts.state.care_plan_codec import decode_plan, encode_plan
from services.site.records import Ward


@dataclass(frozen=True, slots=True)
class Place:
    """What a plan may be of: a ward or a camera."""

    scope: str
    name: str
    plan: CarePlan | None


class PlanPages:
    """Routes of plans."""

    def __init__(self, writer: AlertWriter, memory: Memory, renderer: Renderer) -> None:
        self._writer = writer
        self._memory = memory
        self._renderer = renderer

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/ward/{ward}/settings", self.page, methods=["GET"])
        router.add_api_route("/api/v1/wards/{ward}/plans", self.plans, methods=["GET"])
        router.add_api_route("/api/v1/plans/{scope:path}", self.set, methods=["POST"])

    async def page(self, ward: str, request: Request) -> Response:
        """What stands for a ward, and what was set."""
        return await self._page(ward, request)

    async def plans(self, ward: str) -> dict[str, Any]:
        """The plans, by scope."""
        self._ward(ward)
        found = self._writer.ward_state.plans.all().items()
        return {scope: encode_plan(plan) for scope, plan in found if scope.split("/")[0] == ward}

    async def set(self, scope: str, request: Request) -> Response:
        """Lay a plan down, or end one."""
        one, now = await said(request), self._writer.clock()
        place, ended = scope.removesuffix("/end"), scope.endswith("/end")
        ward = place.split("/")[0]
        try:
            laid = None if ended else decode_plan(dict(one.fields) | {"reason": one.note("reason")}, one.by, now)
            act = self._writer.desk.plan(place, laid, one.by, now)
        except PlanError as error:
            if one.form:
                return await self._page(ward, request, str(error), 422)
            raise HTTPException(422, str(error)) from None
        cameras = [key for key in self._writer.ward_state.cameras if f"{key}/".startswith(f"{place}/")]
        await self._writer.note(act, cameras)
        if one.form:
            return RedirectResponse(f"/ward/{ward}/settings", 303)
        return JSONResponse({"change": act.change.value, "scope": act.scope, **act.details})

    async def _page(self, ward: str, request: Request, problem: str = "", status: int = 200) -> Response:
        found, now = self._ward(ward), self._writer.clock()
        plans, policy = self._writer.ward_state.plans, self._writer.ward_state.policy
        names = _places(found)
        return drawn(
            self._renderer,
            request,
            "settings.html",
            status,
            ward=found,
            house=rules_words(policy.rules),
            places=[Place(scope, name, plans.get(scope)) for scope, name in names.items()],
            lines=await self._lines(ward, names),
            may_plan=Right.PLAN in visitor_of(request).rights,
            today=self._renderer.day(now),
            now=now,
            problem=problem,
        )

    async def _lines(self, ward: str, names: dict[str, str]) -> list[SettingLine] | None:
        """What was set, the newest first; None while the database is away."""
        try:
            return [setting_line(one, names) for one in await self._memory.settings.read(ward)]
        except RecordsUnavailable:
            return None

    def _ward(self, ward: str) -> Ward:
        found = next((one for one in self._writer.ward_state.site.wards if one.id == ward), None)
        if found is None:
            raise HTTPException(404, "unknown ward")
        return found


def _places(ward: Ward) -> dict[str, str]:
    """Names by scope: the ward, then its rooms' cameras in the order of names."""
    cameras = {
        f"{ward.id}/{room.id}/{camera.id}": f"{room.name}, {camera.name}"
        for room in ward.rooms
        for camera in room.cameras
    }
    return {ward.id: ward.name} | dict(sorted(cameras.items(), key=lambda one: by_name(one[1])))
