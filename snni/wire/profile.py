"""Where an inference's time and bytes go, step by step: filled while it runs, read by bench and metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from snni.wire.channel import Channel


@dataclass
class StepCost:
    """seconds: wall time of this party in the step. sent, received: bytes on the channel, headers included."""

    seconds: float = 0.0
    sent: int = 0
    received: int = 0
    flights: int = 0


@dataclass
class Profile:
    """Costs by step name, in the order of first use."""

    steps: dict[str, StepCost] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, channel: Channel, flights: int | None = None) -> Iterator[None]:
        """Add what happens inside to the step's cost. flights: how many begin inside, where the caller knows; None: as
        often as the channel's direction changes."""
        cost = self.steps.setdefault(name, StepCost())
        sent, received, before = channel.bytes_sent, channel.bytes_received, channel.flights
        started = time.perf_counter()
        try:
            yield
        finally:
            cost.seconds += time.perf_counter() - started
            cost.sent += channel.bytes_sent - sent
            cost.received += channel.bytes_received - received
            cost.flights += channel.flights - before if flights is None else flights

    @property
    def seconds(self) -> float:
        return sum(cost.seconds for cost in self.steps.values())

    @property
    def total_bytes(self) -> int:
        """Both directions."""
        return sum(cost.sent + cost.received for cost in self.steps.values())

    @property
    def flights(self) -> int:
        return sum(cost.flights for cost in self.steps.values())


def stored_bytes(holder: object) -> int:
    """Bytes of the arrays that an object keeps, through its attributes, lists, tuples and dicts; each counted once."""
    seen: set[int] = set()

    def walk(thing: object) -> int:
        if id(thing) in seen:
            return 0
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            return thing.nbytes if thing.base is None else walk(thing.base)
        if isinstance(thing, bytes | bytearray):
            return len(thing)
        if isinstance(thing, dict):
            return sum(walk(value) for value in thing.values())
        if isinstance(thing, list | tuple):
            return sum(walk(value) for value in thing)
        return sum(walk(value) for value in getattr(thing, "__dict__", {}).values())

    return walk(holder)
