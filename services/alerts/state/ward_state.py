"""Every camera of the site and its alerts, in memory. Messages in, transitions out; no clock, no loop, no bus.

It is the truth while the process lives; Redis holds a copy, the stream and the audit log can make it again.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.alerts.errors import TooManyCameras, UnexpectedKind, UnknownWard
from services.alerts.policy.alert_policy import AlertPolicy, PolicyStep
from services.alerts.policy.episode import Alert, AlertStatus, Change, Evidence, Transition, Verdict
from services.alerts.policy.errors import AlertCleared, UnknownAlert
from services.alerts.policy.moments import bounded_alert
from services.alerts.policy.technical import Watched
from services.alerts.state.camera_record import (
    CameraRecord,
    apply_component_status,
    camera_key,
    move_record,
    new_record,
)
from services.bus.models import Message, PainMessage, StateMessage
from services.site.records import Site

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class MessageEffect:
    """What a message did: to which camera (key), whether it was applied, which alerts it changed."""

    camera: str
    verdict: Verdict
    transitions: tuple[Transition, ...] = ()


class WardState:
    """The cameras of a site.

    cameras: by camera_key. rooms: their keys by (ward, room). history: cleared alerts, the newest first, bounded.
    """

    def __init__(
        self, site: Site, policy: AlertPolicy, now: datetime, max_cameras: int = 4096, history_kept: int = 200
    ) -> None:
        """now: from when on the site's cameras are expected to be heard of, and this run listens."""
        self.site = site
        self.policy = policy
        self.listening_since = now
        self.history: deque[Alert] = deque(maxlen=history_kept)
        self.listed = {camera_key(ref) for ref in map(site.camera, site.camera_ids)}
        self.cameras: dict[str, CameraRecord] = {}
        self.rooms: dict[tuple[str, str], list[str]] = {}
        for ref in map(site.camera, site.camera_ids):
            self.put(new_record(ref, now))
        self._wards = {ward.id for ward in site.wards}
        self._max = max(max_cameras, len(self.cameras))

    def apply(self, message: Message, now: datetime) -> MessageEffect:
        """Apply a message received at now.

        Raises:
            PoisonMessage: UnexpectedKind, UnknownWard or TooManyCameras; nothing was changed.
        """
        if not isinstance(message, PainMessage | StateMessage):
            raise UnexpectedKind(type(message).__name__)
        record = self._record(message, now)
        key = record.state.camera
        if isinstance(message, StateMessage):
            new = apply_component_status(record, message, now, self.policy.rules)
            return MessageEffect(key, Verdict.APPLIED if new else Verdict.DUPLICATE)
        envelope = message.envelope
        evidence = Evidence(
            message.level, envelope.captured_at, envelope.published_at, envelope.producer, envelope.sequence
        )
        step = self.policy.observe(record.state, evidence, now)
        if step.verdict is Verdict.APPLIED and step.state.last is not None:
            record.levels.append((step.state.last.at, message.level))
            record.model = message.model
        return MessageEffect(key, step.verdict, self._take(record, step))

    def tick(self, now: datetime) -> tuple[Transition, ...]:
        """Fire every camera's timers that are due."""
        return tuple(
            transition
            for record in self.cameras.values()
            for transition in self._take(record, self.policy.advance(record.state, now))
        )

    def acknowledge(self, alert_id: str, by: str, now: datetime) -> tuple[Alert, tuple[Transition, ...]]:
        """Take an alert for a person.

        Raises:
            AlertConflict: UnknownAlert, AlertCleared or AlreadyAcknowledged.
        """
        record = next(
            (one for one in self.cameras.values() if one.state.alert and one.state.alert.id == alert_id), None
        )
        if record is None:
            past = next((one for one in self.history if one.id == alert_id), None)
            if past is not None and past.cleared_at is not None:
                raise AlertCleared(alert_id, past.cleared_at)
            raise UnknownAlert(alert_id)
        transitions = self._take(record, self.policy.acknowledge(record.state, alert_id, by, now))
        if record.state.alert is None:
            raise UnknownAlert(alert_id)
        return record.state.alert, transitions

    def move(self, by: timedelta) -> None:
        """Make every moment later by `by`: the clock was set, and no time has passed. Past alerts stay as written."""
        self.listening_since += by
        for record in self.cameras.values():
            move_record(record, by)

    def watched(self, record: CameraRecord) -> Watched:
        """What a camera's technical conditions are made of."""
        listed = record.state.camera in self.listed
        return Watched(record.state, record.components, listed, record.watched_since, self.listening_since)

    def reopen(self, alert: Alert, now: datetime) -> bool:
        """Put back an alert known from the audit log: opened again, or joined with the same alert rebuilt.

        Returns False when the site has no such camera any more.
        """
        record = self.cameras.get(alert.camera)
        if record is None:
            return False
        alert = bounded_alert(alert, now, self.policy.rules)
        current = record.state.alert
        if current is None:
            record.state = replace(record.state, alert=alert, hold_due=None)
        elif current.id == alert.id:
            record.state = replace(record.state, alert=_join(current, alert))
        return True

    def put(self, record: CameraRecord) -> CameraRecord:
        """Add a camera, or replace what is known of it."""
        key = record.state.camera
        if key not in self.cameras:
            self.rooms.setdefault((record.ref.ward, record.ref.room), []).append(key)
        self.cameras[key] = record
        return record

    def open_alerts(self) -> list[Alert]:
        """Every open alert."""
        return [record.state.alert for record in self.cameras.values() if record.state.alert is not None]

    def _record(self, message: PainMessage | StateMessage, now: datetime) -> CameraRecord:
        ref = message.envelope.camera
        found = self.cameras.get(camera_key(ref))
        if found is not None and found.ref.site == ref.site:
            return found
        if ref.site != self.site.site or ref.ward not in self._wards:
            raise UnknownWard(f"{ref.site}/{ref.ward}")
        if len(self.cameras) >= self._max:
            raise TooManyCameras(str(self._max))
        return self.put(new_record(ref, now))

    def _take(self, record: CameraRecord, step: PolicyStep) -> tuple[Transition, ...]:
        record.state = step.state
        for transition in step.transitions:
            if transition.change is Change.CLEARED:
                self.history.appendleft(transition.alert)
        return step.transitions


def _join(one: Alert, written: Alert) -> Alert:
    """One alert from two memories of it: the later in its life cycle, the worst level, the moment first written."""
    newer = max(one, written, key=lambda alert: (alert.signals, alert.ack.at if alert.ack else EPOCH))
    level = max(one.level, written.level)
    status = newer.status if level == newer.level else AlertStatus.RAISED
    return replace(newer, level=level, status=status, raised_at=written.raised_at)
