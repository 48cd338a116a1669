"""What the API's bodies and answers hold, as JSON Schema (2020-12). The encoders are codec.py and dashboard/api.py."""

from collections.abc import Mapping

from services.alerts.actor import Role, Way
from services.alerts.dashboard.acting import REASON_LIMIT
from services.alerts.dashboard.camera_view import ASSESSED, NOT_ASSESSED, STALE, WORDS
from services.alerts.policy.alert import AlertStatus, Outcome
from services.alerts.policy.consent import Basis
from services.alerts.policy.technical import Severity

Schema = dict[str, object]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
INSTANT: Schema = {"type": "string", "format": "date-time", "description": "ISO 8601, in UTC"}
LEVEL: Schema = {"type": "integer", "minimum": 0, "maximum": 3, "description": "of pain: none, mild, moderate, severe"}
REASON: Schema = {"type": "string", "maxLength": REASON_LIMIT, "description": "one line of characters that print"}


def of(name: str) -> Schema:
    """What has that name below."""
    return {"$ref": f"#/components/schemas/{name}"}


def words(*known: str) -> Schema:
    """One of them."""
    return {"type": "string", "enum": list(known)}


def many(one: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": one}


def maybe(one: Schema) -> Schema:
    """It, or null."""
    return {"anyOf": [one, {"type": "null"}]}


def whole(description: str, **fields: Schema) -> Schema:
    """An object of which every field is there, and no other."""
    said = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return said | ({"description": description} if description else {})


def asked(*needed: str, **fields: Schema) -> Schema:
    """A body: what it must have, and may; what else stands in it is passed over."""
    others: Schema = {"type": ["string", "number", "null"]}
    return {"type": "object", "properties": fields, "required": list(needed), "additionalProperties": others}


BY = {"by": TEXT, "actor": of("Actor")}
SCHEMAS: Mapping[str, Schema] = {
    "Actor": whole(
        "Who acted: a person, a shared device or a program",
        id=TEXT, name=TEXT, role=words(*Role), wards=maybe(many(TEXT)), way=words(*Way),
    ),
    "Promise": whole("", at=INSTANT, expires_at=INSTANT, **BY),
    "Resolution": whole("", at=INSTANT, outcome=words(*Outcome), reason=TEXT, **BY),
    "Alert": whole(
        "One episode of pain, from its first call until somebody has said what it was",
        id=TEXT, camera=TEXT, level=LEVEL, status=words(*AlertStatus), onset_at=INSTANT, raised_at=INSTANT,
        signalled_at=INSTANT, calling_since=INSTANT, changed_at=INSTANT, signals=WHOLE, notified_at=maybe(INSTANT),
        widened_at=maybe(INSTANT), ack=maybe(of("Promise")), arrival=maybe(of("Promise")),
        resolution=maybe(of("Resolution")), cleared_at=maybe(INSTANT), reassess_at=maybe(INSTANT),
        reassess_called_at=maybe(INSTANT), reassessed=maybe(of("Resolution")),
    ),
    "Condition": whole(
        "A technical state", camera=TEXT, code=TEXT, severity=words(*Severity), text=TEXT, since=maybe(INSTANT)
    ),
    "Pause": whole("Calls of a room that are held", at=INSTANT, until=INSTANT, reason=TEXT, **BY),
    "Clip": whole(
        "The last seconds before an alert or in it, classified as a video",
        level=LEVEL, word=words(*WORDS), at=INSTANT, seconds={"type": "number"}, crops=WHOLE,
    ),
    "Camera": whole(
        "level is the newest evidence: read it together with assessment",
        id=TEXT, name=TEXT, assessment=words(ASSESSED, NOT_ASSESSED, STALE), level=maybe(LEVEL),
        word=maybe(words(*WORDS)), level_at=maybe(INSTANT), model=maybe(TEXT), mode=maybe(TEXT), clip=maybe(of("Clip")),
        picture=whole("", text=TEXT, state=TEXT, since=maybe(INSTANT)), scoring=whole("", text=TEXT, state=TEXT),
        alert=maybe(of("Alert")), treated=maybe(of("Alert")), held=maybe(TEXT), pause=maybe(of("Pause")),
        notices=many(of("Condition")),
        trend=many({"type": "array", "prefixItems": [INSTANT, LEVEL], "minItems": 2, "maxItems": 2}),
    ),
    "Room": whole(
        "rank: 1 asks for somebody, 2 accepted, 3 technical, 4 not assessed, 5 mild, 6 calm",
        id=TEXT, name=TEXT, rank=WHOLE, since=maybe(INSTANT), cameras=many(of("Camera")),
    ),
    "Ward": whole(
        "A ward at a moment, as its page shows it; degraded: what does not work in the service itself",
        ward=TEXT, name=TEXT, at=INSTANT, degraded=many(TEXT), rooms=many(of("Room")), alarms=many(of("Condition")),
        open=many(of("Alert")), elsewhere=many(of("Alert")), recent=many(of("Alert")),
    ),
    "Alerts": whole("", open=many(of("Alert")), history=many(of("Alert"))),
    "Plan": whole(
        "What differs for a ward or one camera; null: as the ward's rules say",
        at=INSTANT, reason=TEXT, review_on={"type": "string", "format": "date"}, raise_level=maybe(WHOLE),
        raise_pieces=maybe(WHOLE), raise_among=maybe(WHOLE), repeat_s=maybe({"type": "number"}),
        widen_after_s=maybe({"type": "number"}), baseline=maybe(WHOLE), quiet=many(TEXT), **BY,
    ),
    "Plans": {
        "type": "object",
        "description": "By scope: ward, or ward/room/camera",
        "additionalProperties": of("Plan"),
    },
    "Change": {
        "type": "object",
        "description": "What was written to the audit log; empty where nothing changed",
        "properties": {"change": TEXT, "scope": TEXT},
    },
    "Changes": whole("", acts=many(of("Change"))),
    "Rejected": many(
        whole("A message that was refused; nothing of its content", at=INSTANT, subject=TEXT, reason=TEXT)
    ),
    "Refusal": {
        "type": "object",
        "description": "Why not: a word for programs as error, or a sentence as detail",
        "properties": {"error": TEXT, "detail": {}},
        "anyOf": [{"required": ["error"]}, {"required": ["detail"]}],
    },
    "Outcome": asked("outcome", outcome=words(*Outcome), reason=REASON),
    "RoomPause": asked("minutes", minutes={"type": "number", "exclusiveMinimum": 0, "maximum": 10}, reason=REASON),
    "Note": asked(note=REASON),
    "ConsentAsked": asked(
        "basis", basis=words(*Basis), decided_by=TEXT, review_on={"type": "string", "format": "date"}, note=TEXT
    ),
    "CareTimes": asked("times", times={"type": "string", "description": "a line a time: mo-fr 07:00-07:30 washing"}),
    "CameraPause": asked("minutes", minutes={"type": "number", "minimum": 1, "maximum": 1440}, reason=REASON),
    "PlanAsked": asked(
        "reason", "review_on",
        reason=REASON | {"minLength": 1}, review_on={"type": "string", "format": "date"}, raise_level=LEVEL,
        raise_pieces=WHOLE, raise_among=WHOLE, repeat_s={"type": "number"}, widen_after_s={"type": "number"},
        baseline=WHOLE, quiet={"type": "string", "description": "as 22:00-06:00, several with commas"},
    ),
}  # fmt: skip
