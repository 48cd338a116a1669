"""Technical conditions of a camera: what the system cannot see, apart from what it sees. Pure.

An alarm means that the camera cannot be assessed and somebody must look after the equipment. Advice means that the
picture, not the equipment, gives nothing to assess. Of what components say, only the first broken link of the chain is
told: a camera that is offline explains why nothing comes after it. Silence is told of every component: each sends
heartbeats, so that nothing but a fault of its own, or of the way to us, explains it. What was never heard is not well.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.consent import Consent
from services.alerts.policy.episode import AlarmState


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """What ingest, keyframe or snni_client last said of a camera.

    since, heard_at: when the status began and when it was last heard, by our clock. skewed_since: since when the
    component's clock disagrees with ours, None while it agrees. origins: as in AlarmState, against redelivery. told:
    what the room said beside it, by name (TOLD).
    """

    status: str
    since: datetime
    heard_at: datetime
    skewed_since: datetime | None = None
    origins: tuple[tuple[str, int], ...] = ()
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """All that technical conditions are made of: a camera's policy state and its components' words.

    listed: the site's file names the camera. watched_since: since when somebody expects to hear of it. listening_since:
    since when this run listens: silence before it says nothing. consent: what is recorded of its resident's.
    mode: among whom its newest level was computed, as the room says.
    """

    state: AlarmState
    components: Mapping[str, ComponentStatus]
    listed: bool
    watched_since: datetime
    listening_since: datetime
    consent: Consent | None = None
    mode: str | None = None


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
    ("ingest", "shutter_closed"): (Severity.ALARM, "Camera's shutter closed"),
    ("ingest", "paused"): (Severity.ADVICE, "Paused: nothing is processed"),
    ("ingest", "consent_withdrawn"): (Severity.ADVICE, "Consent withdrawn: nothing is processed"),
    ("ingest", "no_consent"): (Severity.ALARM, "No consent: nothing is processed"),
    ("ingest", "consent_unknown"): (Severity.ALARM, "No word on consent: nothing is processed"),
    ("ingest", "mask_unfit"): (Severity.ALARM, "Picture withheld: its masks do not fit"),
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
    ("snni_client", "edge_distrusted"): (Severity.ALARM, "Scoring server breaks the protocol"),
    ("snni_client", "edge_wrong"): (Severity.ALARM, "Scoring server answers wrongly"),
    ("snni_client", "model_mismatch"): (Severity.ALARM, "Model does not match"),
    ("snni_client", "skipping"): (Severity.ADVICE, "Scoring cannot keep up"),
}
FILLING = ("snni_client", "filling")
CHAIN = ("ingest", "keyframe", "snni_client")
NOBODY_TO_JUDGE = frozenset(
    f"keyframe.{why}" for why in ("no_face", "face_turned_away", "face_too_small", "face_unclear")
)
"""Codes that explain why no level comes, with equipment that works."""
STOPPED = frozenset({"ingest.paused", "ingest.consent_withdrawn"})
"""Codes of a camera that somebody has stopped: nothing is broken, and nothing after it is told."""
UNPROCESSED = STOPPED | {"ingest.no_consent", "ingest.consent_unknown"}
"""Codes of a camera of which the room processes nothing."""
BLIND = UNPROCESSED | {"device.silent", "device.unheard", "ingest.silent", "ingest.offline"}
"""Codes of a camera of which nothing can be seen: its pain below level 3 does not call meanwhile."""
SILENT = {
    "ingest": "Camera reception silent",
    "keyframe": "Face detection silent",
    "snni_client": "Secure scoring silent",
}
PICTURE_WORDS = {"live": "Live", "ok": "Face in view"}
CONSENT_TOLD = frozenset(f"consent_{what}" for what in ("asks", "refused", "by", "why", "pause", "until"))
"""What `ingest` tells of consents beside its status: services/ingest/cameras.py."""
REASON = "reason"
"""Under which it tells why a camera is offline."""
TOLD = CONSENT_TOLD | {REASON}
SKEW_SHOWN = timedelta(seconds=10)
"""A clock is named as wrong after this long: by then what had waited behind a lost connection is through."""


def technical_conditions(camera: Watched, policy: AlertPolicy, now: datetime) -> tuple[TechnicalCondition, ...]:
    """What is wrong with a camera: its place, its chain with the most upstream first, its clock, its evidence."""
    key = camera.state.camera
    found: list[TechnicalCondition] = []
    if not camera.listed:
        found.append(TechnicalCondition(key, "unlisted", Severity.ALARM, "Camera is not in the site's file", None))
    silence = _silence(camera, policy, now)
    broken = _broken_link(camera, policy, {_part(one) for one in silence}, now)
    found += sorted((*silence, *broken), key=lambda one: (*CHAIN, "device").index(_part(one)))
    found += _refused(camera, silence)
    if camera.consent is not None and camera.consent.is_due(now.astimezone(policy.zone).date()):
        found.append(TechnicalCondition(key, "consent_review", Severity.ALARM, "Consent must be looked at again", None))
    found += _clock(camera, now)
    stopped = any(one.code in STOPPED for one in broken)
    if not stopped and not any(one.severity is Severity.ALARM for one in (*silence, *broken)):
        found += _evidence(camera, policy, now, any(one.code in NOBODY_TO_JUDGE for one in broken))
    return tuple(found)


def _part(one: TechnicalCondition) -> str:
    """The component that a condition speaks of, or "device"."""
    return one.code.partition(".")[0]


def _silence(camera: Watched, policy: AlertPolicy, now: datetime) -> list[TechnicalCondition]:
    key, longest = camera.state.camera, timedelta(seconds=policy.rules.silent_after_s)
    heard = {name: one.heard_at for name, one in camera.components.items() if name in CHAIN}
    known = {name: heard.get(name, camera.watched_since) for name in CHAIN}
    silent = [name for name in CHAIN if now - max(known[name], camera.listening_since) > longest]
    if len(silent) < len(CHAIN):
        return [TechnicalCondition(key, f"{n}.silent", Severity.ALARM, SILENT[n], known[n]) for n in silent]
    if heard:
        return [TechnicalCondition(key, "device.silent", Severity.ALARM, "Room device silent", max(heard.values()))]
    return [TechnicalCondition(key, "device.unheard", Severity.ALARM, "Room device never heard", camera.watched_since)]


def _broken_link(camera: Watched, policy: AlertPolicy, silent: Set[str], now: datetime) -> list[TechnicalCondition]:
    """What components that speak say, up to the first that cannot work. A silent one's last word may not hold."""
    found: list[TechnicalCondition] = []
    if "device" in silent:
        return found
    for component in CHAIN:
        one = camera.components.get(component)
        known = STATES.get((component, one.status)) if one and component not in silent else None
        if one is None or known is None:
            continue
        severity, text = known
        empty = timedelta(seconds=policy.rules.pool_empty_s)
        if (component, one.status) == FILLING and now - one.since > empty:
            severity, text = Severity.ALARM, "Secure scoring has nothing prepared"
        found.append(TechnicalCondition(camera.state.camera, f"{component}.{one.status}", severity, text, one.since))
        if severity is Severity.ALARM or found[-1].code in STOPPED:
            break
    return found


def _refused(camera: Watched, silence: list[TechnicalCondition]) -> list[TechnicalCondition]:
    """What came in the ward's name, and the room did not believe: somebody on the way to it is not to be trusted."""
    ingest = camera.components.get("ingest")
    if ingest is None or not dict(ingest.told).get("consent_refused") or silence:
        return []
    text = "A forged or repeated consent was refused"
    return [TechnicalCondition(camera.state.camera, "consent_refused", Severity.ALARM, text, None)]


def _clock(camera: Watched, now: datetime) -> list[TechnicalCondition]:
    skews = [camera.state.skewed_since, *(one.skewed_since for one in camera.components.values())]
    since = min((at for at in skews if at is not None), default=None)
    if since is None or now - since < SKEW_SHOWN:
        return []
    return [TechnicalCondition(camera.state.camera, "clock", Severity.ALARM, "Camera's clock is wrong", since)]


def _evidence(camera: Watched, policy: AlertPolicy, now: datetime, nobody: bool) -> list[TechnicalCondition]:
    """Evidence that is old, or never came, although nothing else explains it. nobody: an empty bed does, a while."""
    key, last = camera.state.camera, camera.state.last
    latest = last.at if last is not None else max(camera.watched_since, camera.listening_since)
    long = now - latest > timedelta(seconds=policy.rules.unscored_after_s)
    severity = Severity.ADVICE if nobody and not long else Severity.ALARM
    if last is not None:
        stale = policy.is_stale(camera.state, now)
        return [TechnicalCondition(key, "stale", severity, "No recent evidence", last.at)] if stale else []
    if now - max(camera.watched_since, camera.listening_since) <= timedelta(seconds=policy.rules.stale_after_s):
        return []
    return [TechnicalCondition(key, "unassessed", severity, "No level yet", camera.watched_since)]
