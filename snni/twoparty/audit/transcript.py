"""The messages of a unit as the server saw them: its own kept, the client's as digests, to be sent again and compared.

A unit's own come to the replies of its convolutions for the most part: about 25 MB a frame of SqueezeNet, until the
unit's end.
"""

from __future__ import annotations

import hashlib

from snni.errors import AuditError
from snni.wire.channel import Channel, Payload
from snni.wire.framing import MAX_FRAME_BYTES
from snni.wire.through import ThroughChannel


def digest(tag: int, payload: Payload) -> bytes:
    """Of one message."""
    return hashlib.sha256(tag.to_bytes(2, "little") + memoryview(payload).cast("B")).digest()


class Transcript(ThroughChannel):
    """A channel to the client whose messages are kept."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self.sent: list[tuple[int, bytes]] = []
        self.received: list[bytes] = []

    def send(self, tag: int, payload: Payload) -> None:
        self.sent.append((int(tag), bytes(memoryview(payload).cast("B"))))
        super().send(tag, payload)

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        payload = super().recv(tag, limit)
        self.received.append(digest(int(tag), payload))
        return payload


class Replay:
    """What a client that follows the protocol is given in the place of the server: the same messages in the same order.

    The first message that is not the one that was received is an AuditError.
    """

    bytes_sent = bytes_received = flights = 0  # nobody counts here

    def __init__(self, transcript: Transcript) -> None:
        self._sent = iter(transcript.sent)
        self._received = iter(transcript.received)

    def send(self, tag: int, payload: Payload) -> None:
        if next(self._received, b"") != digest(int(tag), payload):
            raise AuditError("a message is not the one that the client's seed gives")

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        sent, payload = next(self._sent, (-1, b""))
        if sent != int(tag) or len(payload) > limit:
            raise AuditError("the client waits for another message than it was sent")
        return memoryview(payload)

    def close(self) -> None:
        """There is nothing to close."""

    def end(self) -> None:
        """Raises AuditError: the client sent more, or was sent more, than its seed gives."""
        if next(self._sent, None) is not None or next(self._received, None) is not None:
            raise AuditError("the client's seed gives fewer messages than there were")
