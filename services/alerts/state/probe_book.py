"""What the ward knows of its test rooms, apart from every room in which somebody lies.

A virtual camera shows a hurting drawn face there from time to time (services/probe/). Its levels come the way of all
levels and meet the same policy, in a state of their own: the alert that they raise is measured and then forgotten. It
is in no list, no record and no store, and is told to nobody. That none came in time is what the ward is told of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from services.alerts.actor import Actor, Role, Way
from services.alerts.errors import UnknownTestRoom
from services.alerts.policy.alert import Change
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.consent import Basis, Consent, Standing
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence
from services.alerts.state.camera_record import (
    CameraRecord,
    apply_component_status,
    camera_key,
    move_record,
    new_record,
)
from services.bus.models import CameraRef, Message, PainMessage, StateMessage

GRACE = 1 / 6
"""Of the time between two tests, by which one may be late: a refilled pool, a short fault that mends itself."""
NOBODY = Actor("test-room", "test room", Role.PROGRAM, None, Way.TOKEN)


@dataclass(frozen=True, slots=True)
class ProbeAlert:
    """The line works, as one test showed. seconds: from the first painful picture's capture to the alert."""

    camera: CameraRef
    at: datetime
    seconds: float


class ProbeBook:
    """By camera (key). every: how often an alert is expected of each. alerted_at: when the last one came."""

    def __init__(self, cameras: Iterable[CameraRef], policy: AlertPolicy, now: datetime, every: timedelta) -> None:
        self._policy, self._every = policy, every
        self.records = {camera_key(ref): new_record(ref, now) for ref in cameras}
        self.alerted_at: dict[str, datetime] = {}

    def apply(self, message: Message, now: datetime) -> ProbeAlert | None:
        """Take a message of a test room, received at now; the alert that it raised. Raises UnknownTestRoom."""
        ref = message.envelope.camera
        record = self.records.get(camera_key(ref))
        if record is None or record.ref != ref:
            raise UnknownTestRoom("not in the site's file")
        if isinstance(message, StateMessage):
            apply_component_status(record, message, now, self._policy.rules)
            return None
        return self._observe(record, message, now) if isinstance(message, PainMessage) else None

    def late(self, now: datetime) -> tuple[CameraRef, ...]:
        """The cameras of which no alert came in time."""
        longest = self._every * (1 + GRACE)
        return tuple(
            one.ref
            for key, one in self.records.items()
            if now - max(one.watched_since, self.alerted_at.get(key, one.watched_since)) > longest
        )

    def move(self, by: timedelta) -> None:
        """Every moment later by `by`: the clock was set."""
        for record in self.records.values():
            move_record(record, by)
        self.alerted_at = {key: at + by for key, at in self.alerted_at.items()}

    def _observe(self, record: CameraRecord, message: PainMessage, now: datetime) -> ProbeAlert | None:
        if self._policy.is_stale(record.state, now):  # another show: what was raised before is over
            record.state = AlarmState(record.state.camera, origins=record.state.origins)
        envelope = message.envelope
        evidence = Evidence(
            message.level, envelope.captured_at, envelope.published_at, envelope.producer, envelope.sequence
        )
        step = self._policy.observe(record.state, evidence, now)
        record.state = step.state
        raised = next((one.alert for one in step.transitions if one.change is Change.RAISED), None)
        if raised is None:
            return None
        self.alerted_at[record.state.camera] = now
        return ProbeAlert(record.ref, now, max(0.0, (now - raised.onset_at).total_seconds()))


def standing_of_nobody(now: datetime, zone: tzinfo) -> Standing:
    """What stands for a test room's camera: drawn faces need nobody's consent, and the room asks for a word all the
    same."""
    day = now.astimezone(zone).date()
    return Standing(Consent(NOBODY, now, Basis.GIVEN, "nobody: drawn faces", day + timedelta(days=1)))
