"""Tells the ward what each camera sees: when it changes, and as a heartbeat while frames arrive."""

from __future__ import annotations

import asyncio

from services.keyframe.keyframe_metrics import KeyframeMetrics
from services.keyframe.publisher import Publisher
from services.keyframe.view import ViewState
from services.keyframe.watch import Watch
from services.runtime.clock import Clock


class StateReporter:
    """Looks at every camera on each `tick`.

    A camera without frames for two heartbeats is not spoken of: nobody knows what it sees, and ingest says why.
    """

    def __init__(
        self,
        watches: dict[str, Watch],
        publisher: Publisher,
        metrics: KeyframeMetrics,
        clock: Clock,
        heartbeat_s: float,
    ) -> None:
        self._watches = watches
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._told: dict[str, tuple[ViewState, float]] = {}
        self._entered: dict[str, ViewState] = {}

    async def tick(self) -> None:
        """Publish what changed, what is due, and what could not be published before."""
        due = [(watch, state) for watch in self._watches.values() if (state := self._due(watch)) is not None]
        await asyncio.gather(*(self._tell(watch, state) for watch, state in due))

    def _due(self, watch: Watch) -> ViewState | None:
        camera, state, now = watch.ref.camera, watch.view.state, self._clock.now().mono
        if state is None:
            return None
        if self._entered.get(camera) is not state:
            self._entered[camera] = state
            self._metrics.states.labels(camera, state.status).inc()
        told = self._told.get(camera)
        if told is None or told[0] is not state:
            return state
        seen = watch.last_frame
        fresh = seen is not None and now - seen.mono < 2 * self._heartbeat_s
        return state if fresh and now - told[1] >= self._heartbeat_s else None

    async def _tell(self, watch: Watch, state: ViewState) -> None:
        started = self._clock.now().mono
        if await self._publisher.state(watch.ref, state, watch.detail()):
            self._told[watch.ref.camera] = (state, started)
        else:
            self._told.pop(watch.ref.camera, None)
