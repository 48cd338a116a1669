"""What people have set for a ward, as the page of settings tells it: who, when, of what, and what was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.alerts.actor import typed_name
from services.alerts.codec import Json, read_instant
from services.alerts.consent_codec import decode_consent, decode_times, line_of
from services.alerts.dashboard.consent_view import BASES
from services.alerts.dashboard.plan_words import plan_words
from services.alerts.policy.errors import ConsentError, PlanError
from services.alerts.policy.ward_act import WardChange
from services.alerts.records.settings_history import SettingMade
from services.alerts.state.care_plan_codec import decode_plan

WHAT: Mapping[WardChange, str] = {
    WardChange.PLAN_SET: "Plan set",
    WardChange.PLAN_ENDED: "Plan ended",
    WardChange.CONSENT_SET: "Consent recorded",
    WardChange.CAMERA_PAUSED: "Camera paused",
    WardChange.CAMERA_RESUMED: "Pause ended",
    WardChange.CARE_TIMES_SET: "Times of care set",
}


@dataclass(frozen=True, slots=True)
class Stood:
    """What stood before an act, or after it. words: a line each; note: what somebody typed; day, until: its end."""

    words: tuple[str, ...] = ()
    note: str = ""
    day: date | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One act. place: of what, in words."""

    at: datetime
    name: str
    place: str
    what: str
    before: Stood
    after: Stood


NOTHING = Stood()
UNREADABLE = Stood(("Not readable",))


def setting_line(made: SettingMade, places: Mapping[str, str]) -> SettingLine:
    """An act in words. places: names by scope."""
    try:
        before, after = _standings(made)
    except (PlanError, ConsentError, KeyError, TypeError, ValueError):
        before, after = UNREADABLE, UNREADABLE
    place = places.get(made.scope, made.scope)
    return SettingLine(made.at, made.name, place, WHAT[made.change], before, after)


def _standings(made: SettingMade) -> tuple[Stood, Stood]:
    said = made.details
    match made.change:
        case WardChange.PLAN_SET | WardChange.PLAN_ENDED:
            return _plan(said.get("before")), _plan(said.get("plan"))
        case WardChange.CONSENT_SET:
            return _consent(said.get("before")), _consent(said.get("consent"))
        case WardChange.CARE_TIMES_SET:
            return _times(said.get("before"), made.at), _times(said.get("times"), made.at)
        case WardChange.CAMERA_PAUSED:
            return NOTHING, Stood((), str(said["why"]), until=read_instant(str(said["until"])))
        case _:
            return NOTHING, NOTHING


def _plan(value: object) -> Stood:
    if value is None:
        return NOTHING
    told = _record(value)
    plan = decode_plan(told, typed_name(str(told["by"])), read_instant(str(told["at"])))
    return Stood(plan_words(plan), plan.reason, plan.review_on)


def _consent(value: object) -> Stood:
    if value is None:
        return NOTHING
    told = _record(value)
    one = decode_consent(told, typed_name(str(told["by"])), read_instant(str(told["at"])))
    return Stood((BASES[one.basis.value],), one.decided_by, one.review_on)


def _times(value: object, at: datetime) -> Stood:
    return Stood(tuple(line_of(one) for one in decode_times(value, typed_name("-"), at)))


def _record(value: object) -> Json:
    if not isinstance(value, dict):
        raise TypeError("not a record")
    return value
