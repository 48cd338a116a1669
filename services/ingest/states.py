"""Tells the ward each camera's state: at once when it changes, and as a heartbeat, so that silence means a fault."""

from __future__ import annotations

import asyncio

from services.ingest.cameras import Camera
from services.ingest.ingest_metrics import IngestMetrics
from services.ingest.publisher import Publisher
from services.runtime.clock import Clock


class StateReporter:
    """Looks at every camera on each `tick`."""

    def __init__(
        self,
        cameras: dict[str, Camera],
        publisher: Publisher,
        metrics: IngestMetrics,
        clock: Clock,
        heartbeat_s: float,
    ) -> None:
        self._cameras = cameras
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._told_at: dict[str, float] = {}

    async def tick(self) -> None:
        """Publish what changed, what is due, and what could not be published before."""
        due = [name for name, camera in self._cameras.items() if self._due(name, camera)]
        await asyncio.gather(*(self._tell(name) for name in due))

    async def tell_all(self) -> None:
        """Publish every camera's state as it is now, without waiting for it to settle: the process is going away."""
        now = self._clock.now()
        for camera in self._cameras.values():
            camera.watch.settle(now)
        await asyncio.gather(*(self._tell(name) for name in self._cameras))

    @property
    def untold(self) -> tuple[str, ...]:
        """The cameras whose state could not be published, or was never."""
        return tuple(name for name in self._cameras if name not in self._told_at)

    def _due(self, name: str, camera: Camera) -> bool:
        now = self._clock.now()
        if camera.watch.observe(now):
            self._metrics.states.labels(name, camera.watch.state.status).inc()
            return True
        told = self._told_at.get(name)
        return told is None or now.mono - told >= self._heartbeat_s

    async def _tell(self, name: str) -> None:
        started = self._clock.now().mono
        if await self._publisher.publish_state(self._cameras[name]):
            self._told_at[name] = started
        else:
            self._told_at.pop(name, None)
