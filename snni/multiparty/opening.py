"""Opening: the evaluators send each other their shares of a value that hides what it masks, both at once."""

from __future__ import annotations

from typing import Protocol

from snni.multiparty import _gate
from snni.multiparty.forms import Says
from snni.wire.channel import Channel
from snni.wire.packing import U8, U32, Reader, pack, packed_bytes

OPENING = 0x60  # frame tag, between the evaluators


class Opening(Protocol):
    """What a protocol needs of it. Every call is one flight each way at the same time."""

    def bits(self, shares: U8, says: Says) -> U8:
        """XOR of both evaluators' uint8 [n] in {0, 1}. says: what the opened value is of, made where it is checked."""

    def ring(self, shares: U32, bits: int, says: Says) -> U32:
        """Sum of both evaluators' uint32 [n] mod 2^bits."""


class ChannelOpening:
    """Over one stream each way, so that both may write at once. Raises WireError: the peer's share is of another
    length."""

    def __init__(self, outward: Channel, inward: Channel) -> None:
        self._outward = outward
        self._inward = inward

    def bits(self, shares: U8, says: Says) -> U8:
        return _gate.opened_bits(shares, self._exchange(shares, 1))

    def ring(self, shares: U32, bits: int, says: Says) -> U32:
        return _gate.opened_sum(shares.reshape(-1), self._exchange(shares, bits), bits).reshape(shares.shape)

    def _exchange(self, shares: U8 | U32, bits: int) -> U8:
        """The other's, packed."""
        size = packed_bytes(shares.size, bits)
        self._outward.send(OPENING, pack(shares, bits))
        reader = Reader(self._inward.recv(OPENING, size))
        theirs = reader.packed(size)
        reader.end()
        return theirs
