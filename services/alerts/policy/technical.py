"""Technical states of a camera: what the system cannot see, apart from what it sees. Pure.

An alarm means that the camera cannot be assessed and somebody must look after the equipment. Advice means that the
picture, not the equipment, gives nothing to assess. Only the first broken link of the chain is told: a camera that is
offline explains why nothing comes after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """What ingest, keyframe or snni_client last said of a camera.

    since: when the status began (the component's clock). origins: as in AlarmState, against redelivery.
    """

    status: str
    since: datetime
    origins: tuple[tuple[str, int], ...] = ()


class Severity(StrEnum):
    """alarm: cannot be assessed. advice: worth knowing."""

    ALARM = "alarm"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class TechnicalCondition:
    """One technical state of one camera. code: stable name for programs; since: when it began, if known."""

    camera: str
    code: str
    severity: Severity
    text: str
    since: datetime | None


STATES: dict[tuple[str, str], tuple[Severity, str]] = {
    ("ingest", "connecting"): (Severity.ADVICE, "Camera connecting"),
    ("ingest", "stalled"): (Severity.ALARM, "Picture stalled"),
    ("ingest", "offline"): (Severity.ALARM, "Camera offline"),
    ("keyframe", "no_face"): (Severity.ADVICE, "No face in view"),
    ("keyframe", "several_faces"): (Severity.ADVICE, "Several faces in view"),
    ("keyframe", "face_turned_away"): (Severity.ADVICE, "Face turned away"),
    ("keyframe", "face_too_small"): (Severity.ADVICE, "Face too small to judge"),
    ("keyframe", "face_unclear"): (Severity.ADVICE, "No clear face in view"),
    ("keyframe", "dark"): (Severity.ALARM, "Too dark to see"),
    ("keyframe", "frozen"): (Severity.ALARM, "Picture frozen"),
    ("keyframe", "covered"): (Severity.ALARM, "Lens covered"),
    ("snni_client", "filling"): (Severity.ADVICE, "Secure scoring is preparing"),
    ("snni_client", "edge_unreachable"): (Severity.ALARM, "Scoring server unreachable"),
    ("snni_client", "model_mismatch"): (Severity.ALARM, "Model does not match"),
    ("snni_client", "skipping"): (Severity.ADVICE, "Scoring cannot keep up"),
}
CHAIN = ("ingest", "keyframe", "snni_client")
NOBODY_TO_JUDGE = frozenset(
    f"keyframe.{why}" for why in ("no_face", "face_turned_away", "face_too_small", "face_unclear")
)
"""Codes that explain why no level comes, with equipment that works."""
PICTURE_WORDS = {"live": "Live", "ok": "Face in view"}


def technical_conditions(
    state: AlarmState,
    components: Mapping[str, ComponentStatus],
    policy: AlertPolicy,
    now: datetime,
    *,
    listed: bool = True,
) -> tuple[TechnicalCondition, ...]:
    """What is wrong with a camera, the most upstream cause first. listed: the site's file names the camera."""
    key = state.camera
    found: list[TechnicalCondition] = []
    if not listed:
        found.append(TechnicalCondition(key, "unlisted", Severity.ALARM, "Camera is not in the site's file", None))
    broken = False
    for component in CHAIN:
        one = components.get(component)
        known = STATES.get((component, one.status)) if one else None
        if one is None or known is None or broken:
            continue
        severity, text = known
        found.append(TechnicalCondition(key, f"{component}.{one.status}", severity, text, one.since))
        broken = severity is Severity.ALARM
    if state.skewed:
        at = state.last.at if state.last else None
        found.append(TechnicalCondition(key, "clock", Severity.ALARM, "Camera's clock is wrong", at))
    if policy.is_stale(state, now) and state.last is not None and not broken:
        explained = any(one.code in NOBODY_TO_JUDGE for one in found)
        severity = Severity.ADVICE if explained else Severity.ALARM
        found.append(TechnicalCondition(key, "stale", severity, "No recent evidence", state.last.at))
    return tuple(found)
