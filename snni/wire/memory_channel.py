"""A pair of channels within one process."""

from __future__ import annotations

import queue

from snni.errors import PeerError, WireError
from snni.wire.channel import Counters, Payload
from snni.wire.framing import HEADER, MAX_FRAME_BYTES, VERSION, check_header, refused


class MemoryChannel(Counters):
    """One end of an in-process pair, for two threads of a test or a bench. Same checks as a socket's."""

    def __init__(self, inbox: queue.Queue[bytes | None], outbox: queue.Queue[bytes | None], timeout_s: float) -> None:
        super().__init__()
        self._inbox = inbox
        self._outbox = outbox
        self._timeout_s = timeout_s

    def send(self, tag: int, payload: Payload) -> None:
        view = memoryview(payload).cast("B")
        self._outbox.put(HEADER.pack(VERSION, 0, tag, len(view), self._out) + bytes(view))
        self._sent(len(view))

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        try:
            frame = self._inbox.get(timeout=self._timeout_s)
        except queue.Empty as error:
            raise PeerError(f"nothing from the peer for {self._timeout_s} s") from error
        if frame is None:
            raise PeerError("the peer closed the stream")
        length, refusal = check_header(frame[: HEADER.size], tag, self._in, limit)
        if length != len(frame) - HEADER.size:
            raise WireError("frame length and body disagree")
        self._received(length)
        if refusal:
            raise refused(memoryview(frame)[HEADER.size :])
        return memoryview(frame)[HEADER.size :]

    def close(self) -> None:
        self._outbox.put(None)


def channel_pair(timeout_s: float = 60.0) -> tuple[MemoryChannel, MemoryChannel]:
    """Two ends of one in-process stream."""
    left: queue.Queue[bytes | None] = queue.Queue()
    right: queue.Queue[bytes | None] = queue.Queue()
    return MemoryChannel(left, right, timeout_s), MemoryChannel(right, left, timeout_s)
