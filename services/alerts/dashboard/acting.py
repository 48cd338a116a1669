"""What people do on the page: who acts, what they say, and the answer."""

import json
from dataclasses import dataclass

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from services.alerts.actor import Actor
from services.alerts.alert_writer import AlertWriter
from services.alerts.codec import encode_alert, instant
from services.alerts.dashboard.access.gate import TOKEN_FIELD, form_fields, is_form
from services.alerts.dashboard.access.visitor import visitor_of
from services.alerts.policy.alert import Outcome
from services.alerts.policy.errors import AlertCleared, AlertConflict, AlreadyAcknowledged, NobodyThere, NothingDue
from services.alerts.policy.life_cycle import Accept, Act, Arrive, Resolve

REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Said:
    """The body of an act: JSON, or the fields of a plain form, as text. by: who acts."""

    by: Actor
    fields: dict[str, str]
    form: bool

    def choice(self, name: str, known: type[Outcome]) -> Outcome:
        """One of the known values. Raises HTTPException 422."""
        try:
            return known(self.fields.get(name, ""))
        except ValueError:
            raise HTTPException(422, f"{name} is none of {', '.join(known)}") from None

    def note(self, name: str) -> str:
        """A short text, which may be empty: one line, no controls. Raises HTTPException 422."""
        text = " ".join(self.fields.get(name, "").split())
        if len(text) > REASON_LIMIT or not text.isprintable():
            raise HTTPException(422, f"{name} has at most {REASON_LIMIT} printable characters")
        return text


async def said(request: Request) -> Said:
    """Read the body of an act; who acts is whoever is signed in.

    Raises HTTPException 401 for nobody, 422 for a body that is neither empty nor an object of texts and numbers.
    """
    by, form = visitor_of(request).actor, is_form(request)
    if by is None:
        raise HTTPException(401, "sign in")
    if form:
        fields = await form_fields(request)
        return Said(by, {name: text for name, text in fields.items() if name != TOKEN_FIELD}, form)
    return Said(by, _texts(await request.body()), form)


def _texts(body: bytes) -> dict[str, str]:
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        raise HTTPException(422, "the body is not JSON") from None
    if not isinstance(value, dict) or not all(one is None or type(one) in (str, int, float) for one in value.values()):
        raise HTTPException(422, "the body is not an object of texts and numbers")
    return {name: str(one) for name, one in value.items() if one is not None}


def act_of(verb: str, one: Said) -> Act:
    """The act that a route's last part names: ack, arrive, resolve or reassess. Raises HTTPException 404, 422."""
    match verb:
        case "ack":
            return Accept(one.by)
        case "arrive":
            return Arrive(one.by)
        case "resolve" | "reassess":
            return Resolve(one.by, one.choice("outcome", Outcome), one.note("reason"))
    raise HTTPException(404, "unknown act")


async def act_on_alert(writer: AlertWriter, alert_id: str, verb: str, request: Request) -> Response:
    """Do what a person asked for; the alert afterwards, or why not."""
    one = await said(request)
    try:
        alert = await writer.act(alert_id, act_of(verb, one))
    except AlertConflict as error:
        return conflict(error)
    if one.form:
        return RedirectResponse(f"/ward/{alert.camera.split('/')[0]}", 303)
    return JSONResponse(encode_alert(alert))


def conflict(error: AlertConflict) -> JSONResponse:
    """Why an act was not taken: 404 unknown, 409 for what is otherwise by now."""
    match error:
        case AlertCleared():
            return JSONResponse({"error": "cleared", "cleared_at": instant(error.cleared_at)}, 409)
        case AlreadyAcknowledged():
            return JSONResponse({"error": "acknowledged", "by": error.by.name}, 409)
        case NobodyThere():
            return JSONResponse({"error": "nobody_there"}, 409)
        case NothingDue():
            return JSONResponse({"error": "nothing_due"}, 409)
        case _:
            return JSONResponse({"error": "unknown"}, 404)
