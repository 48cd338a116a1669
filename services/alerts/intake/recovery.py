"""The ward's state after a start: what Redis kept, then the stream since then; the audit log knows what both forgot.

  restore   Redis answers: its records and history. Redis is empty, unreadable or away: nothing yet.
  catch up  the stream is replayed from a margin before what Redis holds of it ends (or over the whole window when there
            is nothing): what was applied before is a duplicate. Each message is taken as received when it was stored.
            An alert that the audit log has open is put back when the replay reaches the moment it was raised, with its
            acknowledgement, so that calm evidence after it clears it and calm evidence before it does not. One that it
            has ended is ended when the replay reaches that moment: what a person said is not in the stream. Until then
            it stands, also where the replay begins after its onset: the rest of its pain is no other alert.
  reconcile what the state holds and the audit log does not (its disk was full when the process died) is written now.
Only changes that the audit log does not know are audited and announced: nobody is called twice for the same alert.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import cast

from services.alerts.alert_writer import AlertWriter
from services.alerts.audit.audit_index import AuditIndex
from services.alerts.audit.line import Entry
from services.alerts.codec import Json
from services.alerts.errors import PoisonMessage, StoreCorrupt, StoreUnavailable
from services.alerts.policy.alert import AFTERWARDS, ENDS, Alert, AlertStatus, Change, Transition
from services.alerts.policy.errors import PlanError
from services.alerts.policy.ward_act import WardAct
from services.alerts.state.camera_record import bound_record, camera_key
from services.alerts.state.care_plan_codec import decode_plan
from services.alerts.state.known_alerts import KnownAlerts
from services.alerts.state.redis_store import RedisSnapshot, RedisStore
from services.alerts.state.ward_state import Told, WardState
from services.bus.delivery import Delivery
from services.bus.models import Message
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

MARGIN = timedelta(seconds=60)


async def restore(ward_state: WardState, store: RedisStore, index: AuditIndex, now: datetime) -> RedisSnapshot | None:
    """Fill the ward's state from Redis; returns what was kept, None when that is nothing."""
    saved: RedisSnapshot | None = None
    try:
        saved = await store.load()
    except StoreUnavailable as error:
        log_event(_log, "redis_away_at_start", logging.ERROR, reason=str(error))
    except StoreCorrupt as error:
        log_event(_log, "redis_unreadable", logging.ERROR, reason=str(error))
    wards = {ward.id for ward in ward_state.site.wards}
    for record in saved.records if saved else ():
        if record.ref.site == ward_state.site.site and record.ref.ward in wards and not record.ref.is_test:
            bound_record(record, now, ward_state.policy.rules)
            ward_state.put(record)
    for scope, act in index.plans.items():
        restore_plan(ward_state, scope, act)
    ward_state.consents.restore(index.consents, now)
    kept = ward_state.history.maxlen or 0
    history = saved.history if saved else tuple(index.ended.newest(kept))
    ward_state.history.extend(history[:kept])
    return saved


def restore_plan(ward_state: WardState, scope: str, act: WardAct) -> None:
    """Lay a plan down again as it was written. One that does not go with the site's rules any more is left out."""
    try:
        if act.by is not None:
            ward_state.plans.put(scope, decode_plan(dict(cast("Json", act.details["plan"])), act.by, act.at))
    except (PlanError, KeyError, TypeError, ValueError):
        log_event(_log, "plan_left_out", logging.ERROR, scope=scope)


def replay_from(saved: RedisSnapshot | None, now: datetime, window: timedelta) -> datetime:
    """Where in the stream to begin; never further back than window."""
    earliest = now - window
    return earliest if saved is None else max(earliest, min(saved.kept_at, now) - MARGIN)


def live_floor(saved: RedisSnapshot | None, now: datetime, window: timedelta) -> datetime:
    """Before which a message was stored that is too old to be applied, when the live consumer brings it again."""
    return (now if saved is None else min(saved.kept_at, now)) - window


def unrecorded(ward_state: WardState, index: AuditIndex, waiting: Sequence[Entry]) -> list[Transition]:
    """The changes by which the state's alerts differ from what the audit log has of them: their last steps.

    waiting: what is on its way into the log, as an act of somebody for whom the stream's replay was not waited.
    """
    found: list[Transition] = []
    held = {one.alert.id: one.alert for one in waiting if isinstance(one, Transition)}
    for alert in ward_state.open_alerts():
        written = held.get(alert.id) or index.open.get(alert.id)
        if written is None:
            called = alert.signals > 0  # else it was held, and calls when the hold ends
            raised = Transition(Change.RAISED, alert, alert.raised_at, calls=called)
            found += [] if alert.id in index.ended else [raised]
        elif alert.changed_at > written.changed_at:
            found += _last_steps(alert, written)
    for alert in ward_state.history:
        newer = index.newest is not None and alert.raised_at > index.newest
        at = None if alert.id in held else alert.ended_at
        if at is not None and alert.id not in index.ended and (alert.id in index.open or newer):
            by = None if alert.resolution is None else alert.resolution.by
            found.append(Transition(Change.RESOLVED if by else Change.CLEARED, alert, at, by))
    return sorted(found, key=lambda one: one.at)


def _last_steps(alert: Alert, written: Alert) -> list[Transition]:
    """How an alert came from what is written of it to what it is, as far as it tells."""
    steps: list[Transition] = []
    if alert.signals > written.signals:
        expired = Change.PRESENCE_EXPIRED if written.status is AlertStatus.ARRIVED else Change.ACK_EXPIRED
        again = Change.REPEATED if written.status is AlertStatus.RAISED else expired
        change = Change.ESCALATED if alert.level > written.level else again
        steps.append(Transition(change, alert, alert.signalled_at, calls=True))
    elif alert.level > written.level:
        steps.append(Transition(Change.ESCALATED, alert, alert.changed_at))
    if alert.widened_at is not None and written.widened_at is None:
        steps.append(Transition(Change.WIDENED, alert, alert.widened_at, calls=True))
    if alert.status is AlertStatus.ACKNOWLEDGED and alert.ack is not None and alert.ack != written.ack:
        steps.append(Transition(Change.ACKNOWLEDGED, alert, alert.ack.at, alert.ack.by))
    if alert.status is AlertStatus.ARRIVED and alert.arrival is not None and alert.arrival != written.arrival:
        steps.append(Transition(Change.ARRIVED, alert, alert.arrival.at, alert.arrival.by))
    return steps


class StreamReplay:
    """Feeds a replay into the writer's ward state."""

    def __init__(self, writer: AlertWriter) -> None:
        self._writer = writer
        self._pending = sorted(writer.journal.ledger.index.open.values(), key=lambda alert: alert.raised_at)
        self._known = KnownAlerts(writer.ward_state, writer.journal.ledger.index.ended)
        self._found: list[Transition] = []
        self.applied = 0

    async def run(self, deliveries: AsyncIterator[Delivery]) -> None:
        """Replay to the end, put back what is left, then audit and announce what is new."""
        mirror = self._writer.mirror
        read_until = mirror.complete_until
        async for delivery in deliveries:
            self._writer.replayed, read_until = delivery.stream_sequence, delivery.stored_at
            if delivery.message is not None:
                self._apply(delivery.message, delivery.stored_at)
        for camera in self._writer.ward_state.cameras:
            self._known.end(camera)
        for alert in self._pending:
            self._reopen(alert)
        for act in self._writer.journal.ledger.index.faults:
            self._writer.desk.faults.follow(act)
        for alert in self._writer.journal.ledger.index.treated.values():
            self._known.await_look(alert, self._writer.clock())
        self._found += self._writer.ward_state.tick(self._writer.clock())
        journal, ward_state = self._writer.journal, self._writer.ward_state
        index = journal.ledger.index
        fresh = [one for one in self._found if not index.contains(one) and not self._displaced(one.alert.id)]
        told = {one.alert.id for one in fresh}
        fresh += [one for one in unrecorded(ward_state, index, journal.waiting) if one.alert.id not in told]
        mirror.complete_until = read_until
        await self._writer.commit_found(tuple(ward_state.cameras), fresh)
        log_event(_log, "caught_up", applied=self.applied, new_changes=len(fresh))

    def _apply(self, message: Message, stored_at: datetime) -> None:
        if not isinstance(message, Told):
            return
        received = min(stored_at, self._writer.clock())
        while self._pending and self._pending[0].raised_at <= received:
            self._reopen(self._pending.pop(0))
        camera = camera_key(message.envelope.camera)
        self._known.end(camera, received)
        self._known.stand(camera, received)
        try:
            outcome = self._writer.ward_state.apply(message, received)
        except PoisonMessage as error:
            log_event(_log, "replay_skipped", logging.WARNING, reason=type(error).__name__)
            return
        self._known.stand(camera, received)
        self._known.end(camera, received)  # an end that is written as of before a clock was set
        self.applied += 1
        self._found += outcome.transitions

    def _displaced(self, alert_id: str) -> bool:
        """Whether an alert was rebuilt that gave way to a written one: nobody has heard of it."""
        still = {one.id for one in self._writer.ward_state.open_alerts()}
        return alert_id not in still and not any(
            one.alert.id == alert_id and one.change in ENDS | AFTERWARDS for one in self._found
        )

    def _reopen(self, alert: Alert) -> None:
        if not self._known.reopen(alert, self._writer.clock()):
            log_event(_log, "alert_without_camera", logging.WARNING, alert=alert.id)
