"""Live before bulk: while an inference runs, preparatory work of the same process pauses between its messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from snni.wire.channel import Channel, Payload
from snni.wire.framing import MAX_FRAME_BYTES
from snni.wire.through import ThroughChannel


class LiveFirst:
    """Counts running inferences of a process; bulk work gives way to those younger than ``patience_s``.

    An inference holds bulk work up for patience_s in all, however many messages bulk has to move: a peer that stalls
    in the middle of its own cannot slow the others down, and no party waits for a peer that waits for it.
    """

    def __init__(self, patience_s: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._idle = threading.Condition()
        self._started: list[float] = []
        self._patience_s = patience_s
        self._clock = clock

    @contextmanager
    def live(self) -> Iterator[None]:
        with self._idle:
            started = self._clock()
            self._started.append(started)
        try:
            yield
        finally:
            with self._idle:
                self._started.remove(started)
                self._idle.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Whether no inference runs, waiting for that at most timeout_s."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._started, timeout_s)

    def give_way(self) -> None:
        """Called by bulk work between messages. Returns within patience_s."""
        with self._idle:
            until = self._clock() + self._patience_s
            while self._started:
                left = min(until, max(self._started) + self._patience_s) - self._clock()
                if left <= 0:
                    return
                self._idle.wait(left)


class BulkChannel(ThroughChannel):
    """A channel whose every message gives way to live work first."""

    def __init__(self, channel: Channel, priority: LiveFirst) -> None:
        super().__init__(channel)
        self._priority = priority

    def send(self, tag: int, payload: Payload) -> None:
        self._priority.give_way()
        super().send(tag, payload)

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        self._priority.give_way()
        return super().recv(tag, limit)
