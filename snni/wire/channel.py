"""Framed, ordered, typed streams between two parties: what protocols need of one, whatever carries it.

Two parties may send at once (turns.py): who cannot write on takes in what its peer writes, up to a bound
(socket_channel.py).
A receiver names the length it expects, so that a header cannot make it allocate more. A closed stream is a PeerError.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from snni.errors import PeerError, WireError
from snni.wire.framing import HEADER, MAX_FRAME_BYTES, MAX_REFUSAL_BYTES, REFUSAL

Payload = bytes | bytearray | memoryview


class Channel(Protocol):
    """What a protocol needs of a stream. Counters include headers; a flight is a change of direction."""

    @property
    def bytes_sent(self) -> int: ...
    @property
    def bytes_received(self) -> int: ...
    @property
    def flights(self) -> int: ...
    def send(self, tag: int, payload: Payload) -> None: ...
    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview: ...
    def close(self) -> None: ...


def refuse(channel: Channel, reason: str) -> None:
    """Tell the peer why, then close; a peer that is gone is no error here."""
    with suppress(PeerError, WireError):
        channel.send(REFUSAL, reason.encode("ascii", "replace")[:MAX_REFUSAL_BYTES])
    channel.close()


class Counters:
    """What a stream has moved so far: bytes with headers, frames each way, changes of direction."""

    def __init__(self) -> None:
        self.bytes_sent = 0
        self.bytes_received = 0
        self.flights = 0
        self._out = 0
        self._in = 0
        self._last = ""

    def _sent(self, length: int) -> None:
        self.bytes_sent += HEADER.size + length
        self._turn("out")
        self._out += 1

    def _received(self, length: int) -> None:
        self.bytes_received += HEADER.size + length
        self._turn("in")
        self._in += 1

    def _turn(self, direction: str) -> None:
        if self._last != direction:
            self.flights += 1
            self._last = direction
