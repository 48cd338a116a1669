"""Tells the ward what a component says of each camera: at once when it changes, and as a heartbeat in between.

So silence means a fault of the component itself. What could not be stored is told again at the next look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.bus import subjects
from services.bus.errors import BusError
from services.bus.metrics import StateMetrics
from services.bus.models import CameraRef, StateMessage
from services.bus.nats_bus import Bus
from services.bus.producer import Producer
from services.bus.subjects import Component
from services.runtime.clock import Clock, Instant
from services.runtime.logging import get_logger, log_event

LOOK_S = 0.25
"""How often a service should call `tick`."""
TIMEOUT_S = 3.0

_log = get_logger("bus")


@dataclass(frozen=True)
class Condition:
    """What a component says of a camera: a status of `models.STATUSES`, since when it holds, and a few numbers."""

    status: str
    since: Instant
    detail: dict[str, str | int | float] = field(default_factory=dict)


class StateReporter:
    """One component's states of its cameras. `condition(camera)` is asked at every look; None: nothing to say."""

    def __init__(
        self,
        component: Component,
        cameras: Mapping[str, CameraRef],
        condition: Callable[[str], Condition | None],
        bus: Bus,
        metrics: StateMetrics,
        clock: Clock,
        heartbeat_s: float,
    ) -> None:
        self._component: Component = component
        self._cameras = cameras
        self._condition = condition
        self._bus = bus
        self._metrics = metrics
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._producer = Producer(clock)
        self._entered: dict[str, tuple[str, float]] = {}
        self._stored: dict[str, tuple[tuple[str, float], float]] = {}

    async def tick(self) -> None:
        """Publish what changed, what is due, and what could not be stored before."""
        due = [(name, found) for name in self._cameras if (found := self._due(name)) is not None]
        await asyncio.gather(*(self._publish(name, condition) for name, condition in due))

    async def publish_all(self) -> None:
        """Publish what is to be said of every camera now, due or not: the process is going away."""
        found = [(name, self._condition(name)) for name in self._cameras]
        await asyncio.gather(*(self._publish(name, condition) for name, condition in found if condition is not None))

    @property
    def unstored(self) -> tuple[str, ...]:
        """The cameras whose last state could not be stored, or was never published."""
        return tuple(name for name in self._cameras if name not in self._stored)

    def _due(self, name: str) -> Condition | None:
        condition = self._condition(name)
        if condition is None:
            return None
        state = condition.status, condition.since.mono
        if self._entered.get(name) != state:
            self._entered[name] = state
            self._metrics.changes.labels(name, condition.status).inc()
        stored = self._stored.get(name)
        if stored is not None and stored[0] == state and self._clock.now().mono - stored[1] < self._heartbeat_s:
            return None
        return condition

    async def _publish(self, name: str, condition: Condition) -> None:
        started = self._clock.now().mono
        message = StateMessage(
            envelope=self._producer.envelope(subjects.STATE, self._cameras[name]),
            component=self._component,
            status=condition.status,
            since=condition.since.wall,
            detail=condition.detail,
        )
        try:
            await self._bus.publish_durable(message, timeout_s=TIMEOUT_S)
        except BusError as error:
            self._stored.pop(name, None)
            self._metrics.failures.inc()
            log_event(_log, "state_lost", logging.WARNING, camera=name, kind=type(error).__name__)
        else:
            self._stored[name] = (condition.status, condition.since.mono), started
