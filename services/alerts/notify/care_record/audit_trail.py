"""Who read and did what, told to the care record as it is written, until the server has taken it.

The lines lie in the ward's database, and how far they were told lies beside them; so nothing waits in memory, and
whoever leads next goes on where this replica stopped. What was taken and not noted is told again, and is there once.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

import httpx
from prometheus_client import Counter

from services.alerts.errors import RecordsUnavailable
from services.alerts.notify.care_record.audit_events import RecordLine, audit_transaction
from services.alerts.notify.care_record.fhir_receiver import tried
from services.alerts.notify.care_record.fhir_server import FhirServer
from services.alerts.notify.care_record.names import Names
from services.alerts.notify.delivery_queue import FIRST_PAUSE_S, LONGEST_PAUSE_S
from services.alerts.notify.receiver import receiver_key
from services.alerts.notify.trial import CARE_RECORD_TRAIL, Outcome, Trial

LOOK_S = 5.0
TOGETHER = 50
"""Lines of one transaction."""


class Untold(Protocol):
    """What of the records a receiver (key) was not told yet. Calls raise RecordsUnavailable."""

    async def waiting(self, receiver: str, most: int) -> Sequence[tuple[int, RecordLine]]:
        """The next lines, with their numbers, in order."""

    async def told(self, receiver: str, upto: int) -> None:
        """It has every line up to a number."""


class AuditTrail:
    """One server's end. failing: it did not take the newest that it was sent. waiting: lines that it was sent."""

    kind: ClassVar[str] = CARE_RECORD_TRAIL
    timeout_s: ClassVar[float] = 15.0

    def __init__(
        self,
        server: FhirServer,
        names: Names,
        exports: Untold,
        counted: Counter,
        confirm: Callable[[], Awaitable[None]],
        context: ssl.SSLContext | None = None,
        look_s: float = LOOK_S,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        """confirm: raises Deposed where another replica leads. look_s: how often there may be new lines."""
        self.key = receiver_key(f"fhir-audit {server.url}")
        self.label = urlsplit(server.url).hostname or ""
        self.failing = False
        self.waiting = 0
        self._server = server
        self._names = names
        self._exports = exports
        self._counted = counted
        self._confirm = confirm
        self._verify = True if context is None else context
        self._look_s = look_s
        self._first_pause_s = first_pause_s

    async def run(self) -> None:
        """Tell until cancelled. Raises Deposed."""
        attempts = 0
        async with self._client() as client:
            while True:
                await self._confirm()
                try:
                    more = await self._tell(client)
                except RecordsUnavailable:  # told elsewhere
                    more = False
                attempts = attempts + 1 if self.failing else 0
                if self.failing:
                    await asyncio.sleep(min(self._first_pause_s * 2.0 ** (attempts - 1), LONGEST_PAUSE_S))
                elif not more:
                    await asyncio.sleep(self._look_s)

    async def try_out(self, trial: Trial) -> Outcome:
        """As every receiver of this server is tried out."""
        async with self._client() as client:
            return await tried(client, self._server, self._names)

    async def _tell(self, client: httpx.AsyncClient) -> bool:
        """Send the next lines; whether there may be more. Raises RecordsUnavailable."""
        lines = await self._exports.waiting(self.key, TOGETHER)
        self.waiting = len(lines)
        if not lines:
            self.failing = False
            return False
        self.failing = not await self._server.post(client, lambda: audit_transaction(self._names, lines))
        self._counted.labels("failed" if self.failing else "delivered").inc()
        if not self.failing:
            await self._exports.told(self.key, lines[-1][0])
            self.waiting = 0
        return len(lines) == TOGETHER

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=self.timeout_s, follow_redirects=False, verify=self._verify)
