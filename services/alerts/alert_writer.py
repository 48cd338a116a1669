"""The one place where the ward's state changes: apply, show, write the audit log, keep in Redis. In that order.

Browsers are shown a change, and its webhooks set off, before anything is written: neither a slow disk nor a dead Redis
delays an alarm. Nothing is done before it is sure that this replica leads (confirm).
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.change_journal import ChangeJournal
from services.alerts.metrics import AlertsMetrics, kind_of
from services.alerts.notify.notifier import Notifier
from services.alerts.policy.alert import ENDS, Alert, Change, Transition
from services.alerts.policy.evidence import Verdict
from services.alerts.policy.life_cycle import Act
from services.alerts.policy.thresholds import LEVELS
from services.alerts.policy.ward_act import WardAct
from services.alerts.state.camera_record import camera_key
from services.alerts.state.redis_mirror import RedisMirror
from services.alerts.state.ward_desk import WardDesk
from services.alerts.state.ward_state import MessageEffect, WardState
from services.alerts.traces import Traces
from services.bus.models import Message, PainMessage
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

Listener = Callable[[Sequence[str], Sequence[Transition]], None]
REJECTED_KEPT = 100


@dataclass(frozen=True, slots=True)
class RejectedMessage:
    """What is kept of a poison message: when it came, where it was addressed, why it was refused."""

    at: datetime
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClockSet:
    """The wall clock was set by so much; at: when that was found, by the new time."""

    by: timedelta
    at: datetime


class AlertWriter:
    """Single writer of the ward's state.

    listeners: told camera keys and transitions, at once, in the loop; must not block. act_listeners: told what somebody
    has set at the desk.
    floor, replayed: messages that were stored before this moment (the server's clock) and up to this sequence were left
    out of the replay and are late: a consumer made anew reads a stream of days. What came later is never late.
    """

    def __init__(
        self,
        ward_state: WardState,
        mirror: RedisMirror,
        journal: ChangeJournal,
        notifier: Notifier,
        metrics: AlertsMetrics,
        clock: Callable[[], datetime],
        confirm: Callable[[], Awaitable[None]],
    ) -> None:
        """confirm: raises Deposed where another replica leads."""
        self.ward_state = ward_state
        self.desk = WardDesk(ward_state)
        self.mirror = mirror
        self.journal = journal
        self.notifier = notifier
        self.metrics = metrics
        self.clock = clock
        self.confirm = confirm
        self.listeners: list[Listener] = []
        self.act_listeners: list[Callable[[WardAct], None]] = []
        self.rejected: deque[RejectedMessage] = deque(maxlen=REJECTED_KEPT)
        self.floor: datetime | None = None
        self.replayed = 0
        self.clock_set: ClockSet | None = None
        self.traces: Traces | None = None

    async def receive(self, message: Message, sequence: int = 0, stored_at: datetime | None = None) -> MessageEffect:
        """Apply a message and keep what it changed. Raises PoisonMessage, Deposed, as everything here does."""
        await self.confirm()
        now = self.clock()
        outcome = self._apply(message, now, sequence, stored_at)
        self.mirror.read(sequence, stored_at)
        self.metrics.messages.labels(kind_of(message), outcome.verdict.value).inc()
        if outcome.probe is not None:
            self.metrics.probe(outcome.probe.camera.camera, outcome.probe.seconds, outcome.probe.at)
        if outcome.verdict is not Verdict.APPLIED:
            return outcome
        if isinstance(message, PainMessage):
            self.metrics.evidence(message, self.ward_state.cameras[outcome.camera].state, now)
        await self.commit((outcome.camera,), outcome.transitions)
        if self.traces is not None and isinstance(message, PainMessage):
            self.traces.level(message, now, self.clock(), outcome.transitions)
        return outcome

    async def tick(self) -> None:
        """Fire timers that are due, retry what could not be written, refresh the gauges."""
        await self.confirm()
        transitions = self.ward_state.tick(self.clock())
        if transitions:
            await self.commit(sorted({one.alert.camera for one in transitions}), transitions)
        elif self.journal.waits:
            await self.journal.write()
        self._gauge()

    async def move(self, by: timedelta) -> None:
        """The wall clock was set by `by`: everything that is known moves with it, so that no timer does."""
        await self.confirm()
        self.clock_set = ClockSet(by, self.clock())
        self.ward_state.move(by)
        self.desk.move(by)
        self.notifier.move(by)
        self.metrics.clock_steps.inc()
        log_event(_log, "clock_was_set", logging.ERROR, seconds=by.total_seconds())
        cameras = tuple(self.ward_state.cameras)
        self._show(cameras, ())
        await self.journal.write(self.ward_state.consents.told_again(self.clock()))
        await self.mirror.save(cameras)

    async def act(self, alert_id: str, act: Act) -> Alert:
        """A person accepts an alert, arrives, says what it was, or looks again. Raises AlertConflict.

        The room's other alerts are taken along, where they can be.
        """
        await self.confirm()
        alert, transitions = self.ward_state.act_in_room(alert_id, act, self.clock())
        unheard = self._unheard(transitions)
        if unheard:
            await self.commit_found((), unheard)
        await self.commit(sorted({alert.camera, *(one.alert.camera for one in transitions)}), transitions)
        return alert

    async def note(self, act: WardAct | None, cameras: Sequence[str] = ()) -> None:
        """Show and keep what somebody has set at the desk; None: nothing changed."""
        await self.confirm()
        if act is not None:
            self._show(cameras, ())
            for listener in self.act_listeners:
                listener(act)
            await self.journal.write((act,))
            await self.mirror.save(cameras)

    async def notified(self, alert_id: str) -> None:
        """A screen or a receiver has an alert."""
        await self.confirm()
        transitions = self.ward_state.notified(alert_id, self.clock())
        if transitions:
            await self.commit((transitions[0].alert.camera,), transitions)

    async def commit(self, cameras: Sequence[str], transitions: Sequence[Transition]) -> None:
        """Show, announce, record and keep a change that the ward's state already holds."""
        self._show(cameras, transitions)
        self.notifier.announce(transitions)
        await self._keep(cameras, transitions)

    async def commit_found(self, cameras: Sequence[str], transitions: Sequence[Transition]) -> None:
        """The same for changes that a start found: they may have been announced before."""
        self._show(cameras, transitions)
        self.notifier.announce_found(transitions)
        await self._keep(cameras, transitions)

    def reject(self, subject: str, reason: str) -> None:
        """Count a poison message and keep its metadata."""
        self.metrics.poison.labels(reason).inc()
        self.rejected.append(RejectedMessage(self.clock(), subject[:80], reason))
        log_event(_log, "message_rejected", logging.WARNING, reason=reason)

    def _apply(self, message: Message, now: datetime, sequence: int, stored_at: datetime | None) -> MessageEffect:
        old = self.floor is not None and stored_at is not None and stored_at < self.floor
        if old and sequence <= self.replayed:
            return MessageEffect(camera_key(message.envelope.camera), Verdict.LATE)
        return self.ward_state.apply(message, now)

    def _unheard(self, transitions: Sequence[Transition]) -> list[Transition]:
        """That alerts were raised of which the log has nothing, nor will have: while a start reads what was stored,
        Redis or the stream has given them back and nobody has looked yet whether they are written.
        """
        index = self.journal.ledger.index
        coming = {one.alert.id for one in self.journal.waiting if isinstance(one, Transition)}
        return [
            Transition(Change.RAISED, one.alert, one.alert.raised_at, calls=one.alert.signals > 0)
            for one in transitions
            if one.alert.id not in index.open and one.alert.id not in index.ended and one.alert.id not in coming
        ]

    def _show(self, cameras: Sequence[str], transitions: Sequence[Transition]) -> None:
        now = self.clock()
        for transition in transitions:
            self.metrics.changed(transition, now)
            log_event(_log, f"alert_{transition.change.value}", alert=transition.alert.id)
        for listener in self.listeners:
            listener(cameras, transitions)

    async def _keep(self, cameras: Sequence[str], transitions: Sequence[Transition]) -> None:
        await self.journal.write([*transitions, *self.desk.hear(transitions, self.clock())])
        cleared = [one.alert for one in transitions if one.change in ENDS]
        await self.mirror.save(cameras, cleared)

    def _gauge(self) -> None:
        levels = [alert.level for alert in self.ward_state.open_alerts()]
        for level in LEVELS:
            self.metrics.open.labels(str(level)).set(levels.count(level))
        now = self.clock()
        states = [record.state for record in self.ward_state.cameras.values()]
        self.metrics.stale.set(sum(self.ward_state.policy.is_stale(state, now) for state in states))
        self.metrics.clock_wrong.set(sum(state.skewed_since is not None for state in states))
        self.metrics.unassessed.set(sum(state.last is None for state in states))
        self.metrics.up["redis"].set(self.mirror.available)
        self.metrics.up["audit"].set(self.journal.audit_ok)
        self.metrics.undelivered.set(self.notifier.waiting)
