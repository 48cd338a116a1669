"""Consents, pauses of cameras and times of care: the ward's page of them, and the routes by which people set them.

GET  /ward/<ward>/consents                        the page
POST /api/v1/consents/<camera>                    {"basis", "decided_by", "review_on", "note"}
POST /api/v1/care-times/<camera>                  {"times"}: a line a time, as mo-fr 07:00-07:30 washing
POST /api/v1/pauses/<room or camera>              {"minutes", "reason"}: nothing of its cameras is processed
POST /api/v1/pauses/<room or camera>/end          ends that, and what was begun in the room
A camera is <ward>/<room>/<camera>, a room <ward>/<room>.
"""

from collections.abc import Callable

from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.requests import Request

from services.alerts.alert_writer import AlertWriter
from services.alerts.consent_codec import decode_consent, decode_times, short_text
from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.access.visitor import visitor_of
from services.alerts.dashboard.acting import Said, said
from services.alerts.dashboard.consent_view import room_standings, room_stop
from services.alerts.dashboard.render import Renderer
from services.alerts.people.rights import Right
from services.alerts.policy.consent import Basis
from services.alerts.policy.errors import ConsentError
from services.alerts.policy.ward_act import WardAct

MINUTES = (15, 30, 60, 240)
Set = Callable[[Said], list[WardAct]]


class ConsentPages:
    """Routes of consents."""

    def __init__(self, writer: AlertWriter, renderer: Renderer) -> None:
        self._writer = writer
        self._renderer = renderer

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/ward/{ward}/consents", self.page, methods=["GET"])
        router.add_api_route("/api/v1/consents/{scope:path}", self.consent, methods=["POST"])
        router.add_api_route("/api/v1/care-times/{scope:path}", self.times, methods=["POST"])
        router.add_api_route("/api/v1/pauses/{scope:path}", self.pause, methods=["POST"])

    async def page(self, ward: str, request: Request) -> Response:
        """What stands for every camera of a ward."""
        return self._page(ward, request)

    async def consent(self, scope: str, request: Request) -> Response:
        """Record a consent, or that one was withdrawn."""
        camera, book, now = self._camera(scope), self._writer.ward_state.consents, self._writer.clock()

        def set_consent(one: Said) -> list[WardAct]:
            fields = one.fields | {"note": one.note("note")}
            return [book.set_consent(camera, decode_consent(fields, one.by, now))]

        return await self._set(scope, request, set_consent)

    async def times(self, scope: str, request: Request) -> Response:
        """The times of care of a camera."""
        camera, book, now = self._camera(scope), self._writer.ward_state.consents, self._writer.clock()

        def set_times(one: Said) -> list[WardAct]:
            return [book.set_times(camera, decode_times(one.fields.get("times", ""), one.by, now), one.by, now)]

        return await self._set(scope, request, set_times)

    async def pause(self, scope: str, request: Request) -> Response:
        """Process nothing of a room's cameras, or of one, for a while; or end that."""
        ended, place = scope.endswith("/end"), scope.removesuffix("/end")
        cameras, book, now = self._cameras(place), self._writer.ward_state.consents, self._writer.clock()

        def pause(one: Said) -> list[WardAct]:
            if ended:
                found = [book.resume(camera, one.by, self._in_room(camera), now) for camera in cameras]
                return [act for act in found if act is not None]
            minutes, why = _minutes(one), short_text(one.fields.get("reason", ""))
            return [book.pause(camera, one.by, minutes, why, now) for camera in cameras]

        return await self._set(place, request, pause)

    async def _set(self, scope: str, request: Request, do: Set) -> Response:
        one, ward = await said(request), scope.split("/")[0]
        try:
            acts = do(one)
        except ConsentError as error:
            if one.form:
                return self._page(ward, request, str(error), 422)
            raise HTTPException(422, str(error)) from None
        for act in acts:
            await self._writer.note(act, [act.scope])
        if one.form:
            to = f"/ward/{ward}/consents" if one.fields.get("to") == "consents" else f"/ward/{ward}"
            return RedirectResponse(to, 303)
        return JSONResponse({"acts": [{"change": act.change.value, "scope": act.scope, **act.details} for act in acts]})

    def _page(self, ward: str, request: Request, problem: str = "", status: int = 200) -> Response:
        ward_state, now = self._writer.ward_state, self._writer.clock()
        found = next((one for one in ward_state.site.wards if one.id == ward), None)
        if found is None:
            raise HTTPException(404, "unknown ward")
        return drawn(
            self._renderer,
            request,
            "consents.html",
            status,
            ward=found,
            rooms=room_standings(ward_state, found, now),
            bases=[one.value for one in Basis],
            minutes=MINUTES,
            may_consent=Right.CONSENT in visitor_of(request).rights,
            now=now,
            problem=problem,
        )

    def _camera(self, scope: str) -> str:
        if scope not in self._writer.ward_state.listed:
            raise HTTPException(404, "unknown camera")
        return scope

    def _cameras(self, scope: str) -> list[str]:
        found = [key for key in sorted(self._writer.ward_state.listed) if f"{key}/".startswith(f"{scope}/")]
        if not found or "/" not in scope:
            raise HTTPException(404, "unknown room or camera")
        return found

    def _in_room(self, camera: str) -> str:
        stop = room_stop(self._writer.ward_state.cameras[camera])
        return "" if stop is None else stop.id


def _minutes(one: Said) -> float:
    try:
        return float(one.fields.get("minutes", ""))
    except ValueError:
        raise ConsentError("a pause lasts from a minute to a day") from None
