"""Opening: the evaluators send each other their shares of a value that hides what it masks, both at once."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from snni.multiparty.forms import Says
from snni.ring.arithmetic import reduce
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
        theirs = self._exchange(pack(shares, 1), packed_bytes(shares.size, 1))
        opened: U8 = shares ^ theirs.bytes(shares.size, 1)
        theirs.end()
        return opened

    def ring(self, shares: U32, bits: int, says: Says) -> U32:
        theirs = self._exchange(pack(reduce(shares, bits), bits), packed_bytes(shares.size, bits))
        opened = reduce(shares.reshape(-1) + theirs.words(shares.size, bits), bits).reshape(shares.shape)
        theirs.end()
        return opened

    def _exchange(self, payload: bytes, limit: int) -> Reader:
        self._outward.send(OPENING, payload)
        return Reader(self._inward.recv(OPENING, limit))


def opened_size(count: int, bits: int) -> int:
    """Payload of an opening each way."""
    return packed_bytes(count, bits)


def as_words(bits: U8) -> U32:
    """uint8 bits as ring elements."""
    return bits.astype(np.uint32)
