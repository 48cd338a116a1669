"""A channel's sending end on a thread of its own: both evaluators send at once, and neither may wait for the other to
read."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress

from snni.errors import PeerError, SnniError
from snni.wire.channel import Channel, Payload
from snni.wire.framing import MAX_FRAME_BYTES

WAITING = 4
"""Frames that may wait; one more blocks the sender until the stream has taken some."""


class Outbox:
    """Sends in order. A failure ends the stream and shows at the next ``send``."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._frames: queue.Queue[tuple[int, bytes] | None] = queue.Queue(WAITING)
        self._failed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="snni-outbox", daemon=True)
        self._thread.start()

    @property
    def bytes_sent(self) -> int:
        return self._channel.bytes_sent

    @property
    def bytes_received(self) -> int:
        return 0

    @property
    def flights(self) -> int:
        return self._channel.flights

    def send(self, tag: int, payload: Payload) -> None:
        """Raises PeerError: the stream has ended."""
        frame = tag, bytes(payload)
        while not self._failed.is_set():
            try:
                self._frames.put(frame, timeout=0.5)
            except queue.Full:
                continue
            return
        raise PeerError("the stream is closed")

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        """Nothing comes back on this stream. Raises PeerError."""
        raise PeerError("nothing is received on an outward stream")

    def close(self) -> None:
        self._failed.set()
        self._channel.close()
        with suppress(queue.Full):
            self._frames.put_nowait(None)

    def _work(self) -> None:
        while not self._failed.is_set():
            frame = self._frames.get()
            if frame is None:
                return
            try:
                self._channel.send(*frame)
            except SnniError:
                self._failed.set()
                self._channel.close()
