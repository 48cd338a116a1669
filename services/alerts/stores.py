"""How full and how busy what the ward stands on is: streams, Redis, database, this machine's volume. For Prometheus.

What does not answer keeps its last number: that it is away is told elsewhere.
"""

import asyncio
import contextlib
import shutil
import time
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
        self._operations: dict[str, int] = {}

    async def look(self) -> None:
        """Ask each. For a timer."""
        with contextlib.suppress(BusError):
            await self._streams()
        with contextlib.suppress(StoreUnavailable):
            self._note("redis", *await self._redis.memory())
            self._busy("redis", *await self._redis.work())
        try:
            self._note("database", await self._database.size(), 0)
            self._busy("database", *await self._database.work())
            self._metrics.up["database"].set(1)
        except RecordsUnavailable:
            self._metrics.up["database"].set(0)
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
        for one in await bus.sources(STREAM_WARD):
            self._metrics.device_waiting.labels(one.domain).set(one.lag)
            if one.silent_s is not None:
                self._metrics.device_heard.labels(one.domain).set(time.time() - one.silent_s)
        self._metrics.waiting.set(await bus.waiting(STREAM_WARD, DURABLE_ALERTS))

    def _note(self, store: str, held: int, limit: int) -> None:
        """limit: 0 where there is none, or where it is not known."""
        self._metrics.store_bytes.labels(store).set(held)
        if limit > 0:
            self._metrics.store_limit.labels(store).set(limit)

    def _busy(self, store: str, connections: int, operations: int) -> None:
        """operations: since the store started, which may have been in between."""
        self._metrics.store_connections.labels(store).set(connections)
        last = self._operations.get(store, operations)
        self._metrics.store_operations.labels(store).inc(operations - last if operations >= last else operations)
        self._operations[store] = operations
