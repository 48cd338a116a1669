"""The pullers of a site's cameras that are asked in one way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.ingest.cameras import Camera
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.backoff import Backoff
from services.ingest.sources.pulling.options import PullingOptions
from services.ingest.sources.pulling.puller import Puller, Way
from services.runtime.clock import Clock


@dataclass
class Pullers:
    """One a camera."""

    pullers: tuple[Puller[Any], ...]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self) -> None:
        """Pull every camera, until drained."""
        self._tasks = [asyncio.create_task(puller.run()) for puller in self.pullers]
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await self.drain()

    async def drain(self) -> None:
        """End every session, and begin none: each camera is offline at once, however long its session takes to end.

        A thread that still reads ends with its next packet, or its timeout.
        """
        for puller in self.pullers:
            puller.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def pullers_of(
    ways: Iterable[tuple[Camera, Way[Any]]], options: PullingOptions, metrics: IngestMetrics, clock: Clock
) -> Pullers:
    """One for each camera with the way in which it is asked; the pauses of no two are shortened alike."""

    def backoff() -> Backoff:
        return Backoff(options.retry_first_s, options.retry_limit_s, random.SystemRandom())

    return Pullers(tuple(Puller(way, camera, backoff(), options.refused_s, metrics, clock) for camera, way in ways))
