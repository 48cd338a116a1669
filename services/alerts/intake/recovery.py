"""The ward's state after a start: what Redis kept, then the stream since then; the audit log knows what both forgot.

  restore   Redis answers: its records and history. Redis is empty, unreadable or away: nothing yet.
  catch up  the stream is replayed from a margin before Redis was last written (or over the whole window when there is
            nothing): what was applied before is a duplicate. Each message is taken as received when it was published.
            An alert that the audit log has open is put back when the replay reaches the moment it was raised, with its
            acknowledgement, so that calm evidence after it clears it and calm evidence before it does not.
Only changes that the audit log does not know are audited and announced: nobody is called twice for the same alert.
"""

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from services.alerts.alert_writer import AlertWriter
from services.alerts.audit.audit_log import AuditIndex
from services.alerts.errors import PoisonMessage, StoreCorrupt, StoreUnavailable
from services.alerts.policy.episode import Alert, Transition
from services.alerts.state.redis_store import RedisSnapshot, RedisStore
from services.alerts.state.ward_state import WardState
from services.bus.models import Message, PainMessage, StateMessage
from services.runtime.logging import log_event

MARGIN = timedelta(seconds=60)


async def restore(
    ward_state: WardState, store: RedisStore, index: AuditIndex, logger: logging.Logger
) -> RedisSnapshot | None:
    """Fill the ward's state from Redis; returns what was kept, None when that is nothing."""
    saved: RedisSnapshot | None = None
    try:
        saved = await store.load()
    except StoreUnavailable as error:
        log_event(logger, "redis_away_at_start", logging.ERROR, reason=str(error))
    except StoreCorrupt as error:
        log_event(logger, "redis_unreadable", logging.ERROR, reason=str(error))
    wards = {ward.id for ward in ward_state.site.wards}
    for record in saved.records if saved else ():
        if record.ref.site == ward_state.site.site and record.ref.ward in wards:
            ward_state.put(record)
    kept = ward_state.history.maxlen or 0
    history = saved.history if saved else tuple(reversed(list(index.cleared.values())[-kept:]))
    ward_state.history.extend(history[:kept])
    return saved


def replay_from(saved: RedisSnapshot | None, now: datetime, window: timedelta) -> datetime:
    """Where in the stream to begin; never further back than window."""
    earliest = now - window
    return earliest if saved is None else max(earliest, saved.kept_at - MARGIN)


def live_floor(saved: RedisSnapshot | None, now: datetime, window: timedelta) -> datetime:
    """Before which a message of the live consumer is too old to be applied."""
    return (now if saved is None else saved.kept_at) - window


class StreamReplay:
    """Feeds a replay into the writer's ward state."""

    def __init__(self, writer: AlertWriter, logger: logging.Logger) -> None:
        self._writer = writer
        self._logger = logger
        self._pending = sorted(writer.audit.index.open.values(), key=lambda alert: alert.raised_at)
        self._found: list[Transition] = []
        self.applied = 0

    async def run(self, messages: AsyncIterator[Message]) -> None:
        """Replay to the end, put back what is left, then audit and announce what is new."""
        async for message in messages:
            self._apply(message)
        for alert in self._pending:
            self._reopen(alert)
        self._found += self._writer.ward_state.tick(self._writer.clock())
        fresh = [one for one in self._found if not self._writer.audit.index.contains(one)]
        self._writer.mirror.complete_until = None
        await self._writer.commit(tuple(self._writer.ward_state.cameras), fresh)
        log_event(self._logger, "caught_up", applied=self.applied, new_changes=len(fresh))

    def _apply(self, message: Message) -> None:
        if not isinstance(message, PainMessage | StateMessage):
            return
        published = min(message.envelope.published_at, self._writer.clock())
        while self._pending and self._pending[0].raised_at <= published:
            self._reopen(self._pending.pop(0))
        try:
            outcome = self._writer.ward_state.apply(message, published)
        except PoisonMessage as error:
            log_event(self._logger, "replay_skipped", logging.WARNING, reason=type(error).__name__)
            return
        self.applied += 1
        self._found += outcome.transitions

    def _reopen(self, alert: Alert) -> None:
        if not self._writer.ward_state.reopen(alert):
            log_event(self._logger, "alert_without_camera", logging.WARNING, alert=alert.id)
