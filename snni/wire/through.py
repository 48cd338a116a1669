"""A channel over another: everything passes, but for what a subclass does on the way."""

from __future__ import annotations

from snni.wire.channel import Channel, Payload
from snni.wire.framing import MAX_FRAME_BYTES


class ThroughChannel:
    """Implements ``Channel``."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

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
        self._channel.send(tag, payload)

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        return self._channel.recv(tag, limit)

    def close(self) -> None:
        self._channel.close()
