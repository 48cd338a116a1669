"""What must be in the audit log before a change counts as known. What cannot be written yet is kept, in its order.

Whoever leads next asks the log which changes are known, and tells those that are not: a change that was announced and
not written is told again, and never left untold. So a journal is one term's: what it still waited to write when the
term ended, it writes no more, not even where the same process leads again by then and has told it already.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from services.alerts.audit.ledger import Ledger
from services.alerts.audit.line import Entry
from services.alerts.errors import AuditUnavailable, LineTooLong
from services.alerts.metrics import AlertsMetrics
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

PENDING_LIMIT = 10_000


class ChangeJournal:
    """Writes changes, or keeps them until they can be written. Full: the oldest is given up and counted, and so is one
    that is longer than a line may be.

    audit_ok: whether the last write of the log worked, on the bus and on this replica's disk.
    """

    def __init__(self, ledger: Ledger, metrics: AlertsMetrics) -> None:
        self.ledger = ledger
        self.audit_ok = True
        self._metrics = metrics
        self._pending: deque[Entry] = deque()
        self._lock = asyncio.Lock()
        self._over = False

    @property
    def pending(self) -> int:
        """How many changes are not in the log yet."""
        return len(self._pending)

    @property
    def waiting(self) -> tuple[Entry, ...]:
        """Those changes, in their order; of some the log may just have become true."""
        return tuple(self._pending)

    @property
    def waits(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._pending) or self.ledger.behind

    def end(self) -> None:
        """The term is over: write nothing any more, also not what is on its way to the log and waits for its turn."""
        self._over = True

    async def write(self, entries: Sequence[Entry] = ()) -> None:
        """Write these, and what could not be written before. A cancelled caller does not cut it short.

        Raises Deposed.
        """
        self._pending.extend(entries)
        await asyncio.shield(asyncio.ensure_future(self._flush()))

    async def _flush(self) -> None:
        async with self._lock:
            batch = tuple(self._pending)
            if not batch and not self.ledger.behind:
                return
            try:
                for _ in range(await self.ledger.append(batch, lambda: self._over)):
                    self._pending.popleft()
            except LineTooLong as error:
                self._give_up(error)
            except AuditUnavailable as error:
                self._report(error)
            else:
                self.audit_ok = not self.ledger.behind
            while len(self._pending) > PENDING_LIMIT:
                self._pending.popleft()
                self._metrics.unwritten.inc()

    def _give_up(self, error: Exception) -> None:
        """The first that waits can never be written; what waits behind it comes with the next write."""
        self._pending.popleft()
        self._metrics.unwritten.inc()
        log_event(_log, "audit_line_too_long", logging.ERROR, reason=str(error))

    def _report(self, error: Exception) -> None:
        if self.audit_ok:
            log_event(_log, "audit_unavailable", logging.ERROR, reason=str(error))
        self.audit_ok = False
