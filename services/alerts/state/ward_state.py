"""Every camera of the site and its alerts, in memory. Messages in, transitions out; no clock, no loop, no bus.

It is the truth while the process lives; Redis holds a copy, the stream and the audit log can make it again.
"""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.errors import TooManyCameras, UnexpectedKind, UnknownWard
from services.alerts.policy.alert import ENDS, Alert, Transition
from services.alerts.policy.alert_policy import AlertPolicy, PolicyStep
from services.alerts.policy.errors import AlertCleared, AlertConflict, UnknownAlert
from services.alerts.policy.evidence import Evidence, Verdict
from services.alerts.policy.holds import Holds, Pause
from services.alerts.policy.life_cycle import Act
from services.alerts.policy.technical import BLIND, Watched, technical_conditions
from services.alerts.state.camera_record import (
    CameraRecord,
    apply_component_status,
    camera_key,
    move_record,
    new_record,
)
from services.alerts.state.clip_record import clip_of, newer
from services.alerts.state.consent_book import ConsentBook
from services.alerts.state.plan_book import PlanBook
from services.alerts.state.probe_book import ProbeAlert, ProbeBook
from services.bus.models import ClipMessage, Message, PainMessage, StateMessage
from services.site.records import Site

Told = PainMessage | StateMessage | ClipMessage
"""What rooms tell."""


@dataclass(frozen=True, slots=True)
class MessageEffect:
    """What a message did: to which camera (key), whether it was applied, which alerts it changed.

    probe: the alert that a test room's message raised, which is nobody's and no change of the ward's.
    """

    camera: str
    verdict: Verdict
    transitions: tuple[Transition, ...] = ()
    probe: ProbeAlert | None = None


class WardState:
    """The cameras of a site.

    cameras: by camera_key. rooms: their keys by (ward, room). history: cleared alerts, the newest first, bounded.
    site: without its test rooms, of which `probes` alone knows; nothing of them is in anything else here.
    """

    def __init__(
        self,
        site: Site,
        policy: AlertPolicy,
        now: datetime,
        max_cameras: int = 4096,
        history_kept: int = 200,
        probe_every: timedelta = timedelta(hours=1),
    ) -> None:
        """now: from when on the site's cameras are expected to be heard of, and this run listens."""
        self.probes = ProbeBook(site.test_cameras, policy, now, probe_every)
        self.site = site = site.looked_after
        self.policy = policy
        self.plans = PlanBook(policy)
        self.consents = ConsentBook(policy.zone)
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
            PoisonMessage: UnexpectedKind, UnknownWard, UnknownTestRoom or TooManyCameras; nothing was changed.
        """
        if not isinstance(message, Told):
            raise UnexpectedKind(type(message).__name__)
        if message.envelope.camera.is_test:
            probe = self.probes.apply(message, now)
            return MessageEffect(camera_key(message.envelope.camera), Verdict.TEST, probe=probe)
        record = self._record(message, now)
        key = record.state.camera
        if isinstance(message, StateMessage):
            new = apply_component_status(record, message, now, self.policy.rules)
            return MessageEffect(key, Verdict.APPLIED if new else Verdict.DUPLICATE)
        if isinstance(message, ClipMessage):
            clip = clip_of(message, now, self.policy.rules)
            new = newer(record.clip, clip)
            record.clip = clip if new else record.clip
            return MessageEffect(key, Verdict.APPLIED if new else Verdict.DUPLICATE)
        envelope = message.envelope
        evidence = Evidence(
            message.level, envelope.captured_at, envelope.published_at, envelope.producer, envelope.sequence
        )
        step = self.plans.policy(key).observe(record.state, evidence, now, self.inhibited(record, now))
        if step.verdict is Verdict.APPLIED and step.state.last is not None:
            record.levels.append((step.state.last.at, message.level))
            record.model, record.mode = message.model, message.mode
        return MessageEffect(key, step.verdict, self._take(record, step))

    def tick(self, now: datetime) -> tuple[Transition, ...]:
        """Fire every camera's timers that are due."""
        return tuple(
            transition
            for record in self.cameras.values()
            for transition in self._take(record, self._advanced(record, now))
        )

    def act(self, alert_id: str, act: Act, now: datetime) -> tuple[Alert, tuple[Transition, ...]]:
        """A person acts on an alert, or looks again after it.

        Raises AlertConflict: UnknownAlert, AlertCleared, and what the policy refuses.
        """
        record = self._record_of(alert_id)
        if record is None:
            past = next((one for one in self.history if one.id == alert_id), None)
            if past is not None and past.ended_at is not None:
                raise AlertCleared(alert_id, past.ended_at)
            raise UnknownAlert(alert_id)
        before = record.state.alert
        transitions = self._take(record, self.plans.policy(record.state.camera).act(record.state, alert_id, act, now))
        if transitions:
            return transitions[-1].alert, transitions
        if before is None:
            raise UnknownAlert(alert_id)
        return before, ()

    def act_in_room(self, alert_id: str, act: Act, now: datetime) -> tuple[Alert, tuple[Transition, ...]]:
        """The same, and with it on the other open alerts of the room, where they can take it: one bed, one walk."""
        alert, transitions = self.act(alert_id, act, now)
        ward, room = alert.camera.split("/")[:2]
        for key in self.rooms.get((ward, room), ()):
            other = self.cameras[key].state.alert
            if other is None or other.id == alert_id or key == alert.camera:
                continue
            with suppress(AlertConflict):
                transitions += self.act(other.id, act, now)[1]
        return alert, transitions

    def notified(self, alert_id: str, now: datetime) -> tuple[Transition, ...]:
        """A screen or a receiver has an alert. One that is over changes nothing, nor one that came after it."""
        record = self._record_of(alert_id)
        current = None if record is None else record.state.alert
        if record is None or current is None or current.id != alert_id:
            return ()
        return self._take(record, self.policy.notified(record.state, now))

    def inhibited(self, record: CameraRecord, now: datetime) -> bool:
        """Whether a camera's open alert is of what cannot be assessed now: it is offline, or its room is silent."""
        if record.state.alert is None:
            return False
        found = technical_conditions(self.watched(record), self.policy, now)
        return any(one.code in BLIND for one in found)

    def holds(self, record: CameraRecord, now: datetime) -> Holds:
        """What may keep a camera's alert from calling."""
        return self.plans.policy(record.state.camera).holds(record.state, self.inhibited(record, now))

    def pause(self, room: tuple[str, str], pause: Pause | None) -> list[Pause | None]:
        """Pause a room's calls, or end that; what was there before. Raises KeyError for an unknown room."""
        records = [self.cameras[key] for key in self.rooms[room]]
        before = [record.state.pause for record in records]
        for record in records:
            record.state = replace(record.state, pause=pause)
        return before

    def move(self, by: timedelta) -> None:
        """Make every moment later by `by`: the clock was set, and no time has passed. Past alerts stay as written."""
        self.listening_since += by
        self.consents.move(by)
        self.probes.move(by)
        for record in self.cameras.values():
            move_record(record, by)

    def watched(self, record: CameraRecord) -> Watched:
        """What a camera's technical conditions are made of."""
        listed = record.state.camera in self.listed
        consent = self.consents.of(record.state.camera).consent
        return Watched(
            record.state, record.components, listed, record.watched_since, self.listening_since, consent, record.mode
        )

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

    def _advanced(self, record: CameraRecord, now: datetime) -> PolicyStep:
        return self.plans.policy(record.state.camera).advance(record.state, now, self.inhibited(record, now))

    def _record_of(self, alert_id: str) -> CameraRecord | None:
        """The camera whose alert this is: its open one, or the last one that awaits another look."""
        for record in self.cameras.values():
            alerts = (record.state.alert, record.state.treated)
            if any(one is not None and one.id == alert_id for one in alerts):
                return record
        return None

    def _record(self, message: Told, now: datetime) -> CameraRecord:
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
            ended = transition.alert
            if transition.change in ENDS and all(one.id != ended.id for one in self.history):  # a replay ends it again
                self.history.appendleft(ended)
        return step.transitions
