"""When each part of an inference began and ended at one party: a profile that keeps every stretch of a step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from snni.wire.channel import Channel
from snni.wire.profile import Profile

Kind = Literal["works", "sends", "receives"]


@dataclass(frozen=True)
class Span:
    """One stretch of a step. began, ended: of the machine's monotonic clock, in seconds.

    kind: what it did with the channel; `receives` is waiting for the peer and for the link. sent, received: bytes,
    headers included.
    """

    step: str
    kind: Kind
    began: float
    ended: float
    sent: int
    received: int


@dataclass
class Timeline(Profile):
    """spans: in order."""

    spans: list[Span] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, channel: Channel, flights: int | None = None) -> Iterator[None]:
        """As Profile says, and a span."""
        sent, received, began = channel.bytes_sent, channel.bytes_received, time.perf_counter()
        try:
            with super().step(name, channel, flights):
                yield
        finally:
            moved = channel.bytes_sent - sent, channel.bytes_received - received
            kind: Kind = "receives" if moved[1] else "sends" if moved[0] else "works"
            self.spans.append(Span(name, kind, began, time.perf_counter(), *moved))
