"""What must be on disk before a change counts as known: first the outbox, then the audit log. In that order.

A restart asks the audit log which changes are known, and announces those that are not. So a change is put in the
outbox before it is written there: a crash between the two tells it again, and never leaves it untold.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from services.alerts.audit.audit_log import AuditLog, Entry
from services.alerts.errors import AuditUnavailable, OutboxUnavailable
from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.notifier import Notifier
from services.alerts.policy.alert import Transition
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

PENDING_LIMIT = 10_000


class ChangeJournal:
    """Writes changes, or keeps them until they can be written. Full: the oldest is given up and counted.

    audit_ok: whether the last write of the log worked.
    """

    def __init__(self, notifier: Notifier, audit: AuditLog, metrics: AlertsMetrics) -> None:
        self.notifier = notifier
        self.audit = audit
        self.audit_ok = True
        self._outbox_ok = True
        self._metrics = metrics
        self._pending: deque[Entry] = deque()
        self._lock = asyncio.Lock()

    @property
    def outbox_ok(self) -> bool:
        """Whether the outbox is open and its last write worked."""
        return self._outbox_ok and self.notifier.opened

    @property
    def pending(self) -> int:
        """Changes that are not on disk yet."""
        return len(self._pending)

    async def write(self, entries: Sequence[Entry] = ()) -> None:
        """Write these, and what could not be written before. A cancelled caller does not cut it short."""
        self._pending.extend(entries)
        await asyncio.shield(asyncio.ensure_future(self._flush()))

    async def _flush(self) -> None:
        async with self._lock:
            batch = tuple(self._pending)
            if not batch and self.outbox_ok:
                return
            if await self._written(batch):
                for _ in batch:
                    self._pending.popleft()
            while len(self._pending) > PENDING_LIMIT:
                self._pending.popleft()
                self._metrics.unwritten.inc()

    async def _written(self, batch: Sequence[Entry]) -> bool:
        try:
            await self.notifier.store([one for one in batch if isinstance(one, Transition)])
        except OutboxUnavailable as error:
            self._report("outbox_unavailable", self._outbox_ok, error)
            self._outbox_ok = False
            return False
        self._outbox_ok = True
        try:
            await self.audit.append(batch)
        except AuditUnavailable as error:
            self._report("audit_unavailable", self.audit_ok, error)
            self.audit_ok = False
            return False
        self.audit_ok = True
        return True

    def _report(self, event: str, first: bool, error: Exception) -> None:
        if first:
            log_event(_log, event, logging.ERROR, reason=str(error))
