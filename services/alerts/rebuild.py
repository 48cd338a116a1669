"""The book after a start: what Redis kept, then the stream since then; the audit log knows what both forgot.

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

from services.alerts.audit import AuditIndex
from services.alerts.book import Book
from services.alerts.desk import Desk
from services.alerts.episode import Alert, Transition
from services.alerts.errors import PoisonMessage, StoreCorrupt, StoreUnavailable
from services.alerts.store import RedisStore, Saved
from services.bus.models import Message, PainMessage, StateMessage
from services.runtime.logging import log_event

MARGIN = timedelta(seconds=60)


async def restore(book: Book, store: RedisStore, index: AuditIndex, logger: logging.Logger) -> Saved | None:
    """Fill the book from Redis; returns what was kept, None when that is nothing."""
    saved: Saved | None = None
    try:
        saved = await store.load()
    except StoreUnavailable as error:
        log_event(logger, "redis_away_at_start", logging.ERROR, reason=str(error))
    except StoreCorrupt as error:
        log_event(logger, "redis_unreadable", logging.ERROR, reason=str(error))
    wards = {ward.id for ward in book.site.wards}
    for record in saved.records if saved else ():
        if record.ref.site == book.site.site and record.ref.ward in wards:
            book.put(record)
    kept = book.history.maxlen or 0
    history = saved.history if saved else tuple(reversed(list(index.cleared.values())[-kept:]))
    book.history.extend(history[:kept])
    return saved


def replay_from(saved: Saved | None, now: datetime, window: timedelta) -> datetime:
    """Where in the stream to begin; never further back than window."""
    earliest = now - window
    return earliest if saved is None else max(earliest, saved.kept_at - MARGIN)


def live_floor(saved: Saved | None, now: datetime, window: timedelta) -> datetime:
    """Before which a message of the live consumer is too old to be applied."""
    return (now if saved is None else saved.kept_at) - window


class CatchUp:
    """Feeds a replay into the desk's book."""

    def __init__(self, desk: Desk, logger: logging.Logger) -> None:
        self._desk = desk
        self._logger = logger
        self._pending = sorted(desk.audit.index.open.values(), key=lambda alert: alert.raised_at)
        self._found: list[Transition] = []
        self.applied = 0

    async def run(self, messages: AsyncIterator[Message]) -> None:
        """Replay to the end, put back what is left, then audit and announce what is new."""
        async for message in messages:
            self._apply(message)
        for alert in self._pending:
            self._latch(alert)
        self._found += self._desk.book.tick(self._desk.clock())
        fresh = [one for one in self._found if not self._desk.audit.index.knows(one)]
        self._desk.keeper.complete_until = None
        await self._desk.settle(tuple(self._desk.book.cameras), fresh)
        log_event(self._logger, "caught_up", applied=self.applied, new_changes=len(fresh))

    def _apply(self, message: Message) -> None:
        if not isinstance(message, PainMessage | StateMessage):
            return
        published = min(message.envelope.published_at, self._desk.clock())
        while self._pending and self._pending[0].raised_at <= published:
            self._latch(self._pending.pop(0))
        try:
            outcome = self._desk.book.apply(message, published)
        except PoisonMessage as error:
            log_event(self._logger, "replay_skipped", logging.WARNING, reason=type(error).__name__)
            return
        self.applied += 1
        self._found += outcome.transitions

    def _latch(self, alert: Alert) -> None:
        if not self._desk.book.latch(alert):
            log_event(self._logger, "alert_without_camera", logging.WARNING, alert=alert.id)
