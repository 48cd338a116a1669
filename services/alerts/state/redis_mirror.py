"""Keeps Redis equal to the state in memory, or says that it is not. Memory never waits for Redis to come back."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from services.alerts.errors import StoreUnavailable
from services.alerts.policy.alert import Alert
from services.alerts.state.redis_store import RedisStore
from services.alerts.state.ward_state import WardState
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")


class RedisMirror:
    """Writes changed cameras through to Redis. While Redis is away nothing is queued: everything is written after it.

    sequence: the highest stream sequence applied, 0 when unknown.
    complete_until: the moment, by the stream's own clock, up to which all of it is applied, so that whoever starts next
    reads on from there: while the bus is away time passes and the stream goes on. None: no stream is read yet.
    """

    def __init__(self, ward_state: WardState, store: RedisStore, clock: Callable[[], datetime]) -> None:
        self._ward_state = ward_state
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self.available = False
        self.sequence = 0
        self.complete_until: datetime | None = None

    def read(self, sequence: int, stored_at: datetime | None) -> None:
        """A message of the stream is applied; one that is delivered again was passed long ago."""
        self.sequence = max(self.sequence, sequence)
        if stored_at is not None:
            self.complete_until = max(self.complete_until or stored_at, stored_at)

    async def save(self, cameras: Iterable[str], cleared: Sequence[Alert] = ()) -> bool:
        """Write the cameras' present records; False while Redis is away (memory holds them)."""
        async with self._lock:
            if not self.available:
                return False
            records = [self._ward_state.cameras[key] for key in cameras]
            try:
                if not await self._store.save(records, cleared, self._complete(), self.sequence):
                    log_event(_log, "redis_was_emptied", logging.WARNING)
                    await self._write_whole()
            except StoreUnavailable as error:
                self._lost(error)
            return self.available

    async def write_back(self) -> bool:
        """While Redis is away: try to write the whole state. Returns whether Redis is available."""
        async with self._lock:
            if self.available:
                return True
            try:
                await self._write_whole()
            except StoreUnavailable:
                return False
            self.available = True
            log_event(_log, "redis_written_back", cameras=len(self._ward_state.cameras))
            return True

    async def refresh(self) -> None:
        """Touch Redis while it is available, else try to write everything back."""
        await (self.ping() if self.available else self.write_back())

    async def ping(self) -> bool:
        """Touch Redis, so that its loss shows without an event. Returns whether it is available."""
        return await self.save(())

    async def _write_whole(self) -> None:
        history = list(self._ward_state.history)
        await self._store.save_all(self._ward_state.cameras.values(), history, self._complete(), self.sequence)

    def _complete(self) -> datetime:
        return self.complete_until or self._clock()

    def _lost(self, error: StoreUnavailable) -> None:
        self.available = False
        log_event(_log, "redis_lost", logging.ERROR, reason=str(error))
