"""Live before bulk: while an inference runs, preparatory work of the same process pauses between its messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from snni.transport import MAX_FRAME_BYTES, Channel, Payload


class LiveFirst:
    """Counts running inferences of a process; bulk work waits for none, at most ``patience_s`` a time.

    The bound keeps bulk alive under back-to-back inferences and rules out a wait for a peer that waits for us.
    """

    def __init__(self, patience_s: float = 2.0) -> None:
        self._idle = threading.Condition()
        self._running = 0
        self._patience_s = patience_s

    @contextmanager
    def live(self) -> Iterator[None]:
        with self._idle:
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Whether no inference runs, waiting for that at most timeout_s."""
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, timeout_s)

    def give_way(self) -> None:
        """Called by bulk work between messages."""
        with self._idle:
            if self._running:
                self._idle.wait_for(lambda: self._running == 0, self._patience_s)


class BulkChannel:
    """A channel whose every message gives way to live work first."""

    def __init__(self, channel: Channel, priority: LiveFirst) -> None:
        self._channel = channel
        self._priority = priority

    @property
    def bytes_sent(self) -> int:
        return self._channel.bytes_sent

    @property
    def bytes_received(self) -> int:
        return self._channel.bytes_received

    @property
    def flights(self) -> int:
        return self._channel.flights

    def send(self, tag: int, payload: Payload) -> None:
        self._priority.give_way()
        self._channel.send(tag, payload)

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        self._priority.give_way()
        return self._channel.recv(tag, limit)

    def close(self) -> None:
        self._channel.close()
