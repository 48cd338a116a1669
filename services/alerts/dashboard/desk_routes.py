"""Routes of what people set for a ward besides its alerts.

POST /api/v1/wards/<ward>/sound/pause, /resume               the sound of the ward's screens
POST /api/v1/wards/<ward>/rooms/<room>/pause, /resume        {"minutes", "reason"}: the calls of one room
POST /api/v1/faults/<key>/seen, /handed                      {"note"}: a technical alarm is known, or handed over
"""

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from services.alerts.alert_writer import AlertWriter
from services.alerts.dashboard.acting import Said, said
from services.alerts.policy.faults import SERVICE
from services.alerts.policy.ward_act import WardAct

CODE_LIMIT = 80
"""Characters of a technical alarm's code: what is done about it is a line of the audit log, which has a longest one."""


def add_desk(app: FastAPI, writer: AlertWriter) -> None:
    """Add the routes."""

    @app.post("/api/v1/wards/{ward}/sound/{verb}")
    async def sound(ward: str, verb: str, request: Request) -> Response:
        _known(writer, ward, verb)
        one, now = await said(request), writer.clock()
        desk = writer.desk
        act = desk.pause_sound(ward, one.by, now) if verb == "pause" else desk.resume_sound(ward, one.by, now)
        await writer.note(act, _cameras(writer, ward))
        return _answer(one, ward, act)

    @app.post("/api/v1/wards/{ward}/rooms/{room}/{verb}")
    async def calls(ward: str, room: str, verb: str, request: Request) -> Response:
        _known(writer, ward, verb)
        if (ward, room) not in writer.ward_state.rooms:
            raise HTTPException(404, "unknown room")
        one, now = await said(request), writer.clock()
        if verb == "pause":
            try:
                seconds = float(one.fields.get("minutes", "")) * 60
                act: WardAct | None = writer.desk.pause_room((ward, room), one.by, seconds, one.note("reason"), now)
            except ValueError:
                raise HTTPException(422, "minutes is a number above 0") from None
        else:
            act = writer.desk.resume_room((ward, room), one.by, now)
        await writer.note(act, writer.ward_state.rooms[ward, room])
        return _answer(one, ward, act)

    @app.post("/api/v1/faults/{key:path}/{verb}")
    async def fault(key: str, verb: str, request: Request) -> Response:
        ward = key.split("/")[0]
        place, _, code = key.rpartition("/")
        if not (len(code) <= CODE_LIMIT and code.isascii() and code.isprintable()):
            raise HTTPException(404, "unknown technical alarm")
        if verb not in ("seen", "handed") or (place != SERVICE and place not in writer.ward_state.cameras):
            raise HTTPException(404, "unknown technical alarm or act")
        one, now = await said(request), writer.clock()
        book = writer.desk.faults
        seen = verb == "seen"
        act = book.seen(key, one.by, now) if seen else book.handed_over(key, one.by, one.note("note"), now)
        await writer.note(act, [place] if place in writer.ward_state.cameras else [])
        return _answer(one, ward if place != SERVICE else writer.ward_state.site.wards[0].id, act)


def _known(writer: AlertWriter, ward: str, verb: str) -> None:
    if verb not in ("pause", "resume") or ward not in {one.id for one in writer.ward_state.site.wards}:
        raise HTTPException(404, "unknown ward or act")


def _cameras(writer: AlertWriter, ward: str) -> list[str]:
    return [key for key in writer.ward_state.cameras if key.startswith(f"{ward}/")]


def _answer(one: Said, ward: str, act: WardAct | None) -> Response:
    if one.form:
        return RedirectResponse(f"/ward/{ward}", 303)
    return JSONResponse({} if act is None else {"change": act.change.value, "scope": act.scope, **act.details})
