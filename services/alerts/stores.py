"""How full what the ward stands on is: its streams, Redis, its database, this machine's volume. For Prometheus.

What does not answer keeps its last number: that it is away is told elsewhere.
"""

import asyncio
import contextlib
import shutil
from pathlib import Path

from services.alerts.errors import RecordsUnavailable, StoreUnavailable
from services.alerts.leading.bus_link import BusLink
from services.alerts.metrics import AlertsMetrics
from services.alerts.records.database import Database
from services.alerts.state.redis_store import RedisStore
from services.bus.errors import BusError
from services.bus.subjects import DURABLE_ALERTS, STREAM_LEDGER, STREAM_WARD

STREAMS = (STREAM_WARD, STREAM_LEDGER)
"""LEASE and HEADS let their oldest go, which nobody misses."""


class Stores:
    """The looks, of whoever leads."""

    def __init__(
        self, link: BusLink, redis: RedisStore, database: Database, folder: Path, metrics: AlertsMetrics
    ) -> None:
        """folder: of the audit log's copy, on this machine's volume."""
        self._link, self._redis, self._database, self._folder, self._metrics = link, redis, database, folder, metrics

    async def look(self) -> None:
        """Ask each. For a timer."""
        with contextlib.suppress(BusError):
            await self._streams()
        with contextlib.suppress(StoreUnavailable):
            self._note("redis", *await self._redis.memory())
        with contextlib.suppress(RecordsUnavailable):
            self._note("database", await self._database.size(), 0)
        with contextlib.suppress(OSError):
            found = await asyncio.to_thread(shutil.disk_usage, self._folder)
            self._note("volume", found.used, found.used + found.free)

    async def _streams(self) -> None:
        if not self._link.connected:
            return
        bus = await self._link.bus()
        for stream in STREAMS:
            fill = await bus.fill(stream)
            self._note(stream, fill.bytes, fill.limit_bytes)
        self._metrics.waiting.set(await bus.waiting(STREAM_WARD, DURABLE_ALERTS))

    def _note(self, store: str, held: int, limit: int) -> None:
        """limit: 0 where there is none, or where it is not known."""
        self._metrics.store_bytes.labels(store).set(held)
        if limit > 0:
            self._metrics.store_limit.labels(store).set(limit)
