"""Comparison by leaves: each digit's carry by 1-of-32 (or up to 1-of-256) oblivious transfer, the server sending.

CrypTFlow2 (eprint 2020/1002), section 3.1, Algorithm 1 (leaves), with the carry below as one more bit of the choice:
SP-LUT of Dessouky et al. (NDSS 2017), section IV. Naor-Pinkas 1-of-N from random OTs with a slot each
(snni/twoparty/ot).
Differs: the client's choice of a digit is known beforehand, so e = digit XOR rho is sent offline, under rho used once;
only the carry's bit of it is sent online. DESIGN.md argues it.

Flights: the server's and the client's in turn, one of each a digit, the last of the client's being the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snni.ring.random import uniform_bits
from snni.twoparty import _nonlinear
from snni.twoparty.nonlinear.compare import (
    SLOT_BITS,
    WIDEST_SLOT_BITS,
    CompareShape,
    ComparisonName,
    Head,
    Tail,
    cheapest_slots,
)
from snni.twoparty.nonlinear.correlations import Transfers
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.packing import U8, U32, Reader, pack
from snni.wire.turns import Receive, Send, Turns

_NONE = np.empty(0, np.uint8)


class LeafClient:
    """The client's side."""

    def __init__(self, shape: CompareShape) -> None:
        self.shape = shape
        self._rho: list[U8] = []
        self._pads: list[U8] = []
        self._choices = b""

    def prepare_receive(self, ots: RandomOtReceiver, c: U32) -> None:
        """Chooses e = digit XOR rho."""
        shape, choices = self.shape, []
        for index, width, shift in zip(shape.indices, shape.digits, shape.shifts, strict=True):
            rho, pad = ots.leaf(shape.n, index) if index <= SLOT_BITS else ots.wide(shape.n, index)
            e = np.empty(shape.n, np.uint8)
            _nonlinear.leaf_choice(c, shift, width, rho, e)
            choices.append(pack(e, width))
            self._rho.append(rho)
            self._pads.append(pad)
        self._choices = b"".join(choices)

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Nothing: the server sends all OTs here."""

    def send_prepared(self, channel: Channel) -> None:
        """Publishes e."""
        channel.send(Tag.CHOICES, self._choices)
        self._choices = b""

    def turns(self, limits: Iterator[int], head: Head) -> Turns[tuple[U8, Reader]]:
        shape, last = self.shape, len(self.shape.digits) - 1
        share, reader = _NONE, Reader(memoryview(b""))
        for digit, index in enumerate(shape.indices):
            rho, pads = self._rho[digit], self._pads[digit]
            if digit:
                yield Send(Tag.CARRY, pack(share ^ (rho >> np.uint8(index - 1)), 1))
            reader.end()
            reader = Reader((yield Receive(Tag.LAST if digit == last else Tag.LEAF, next(limits))))
            share = np.empty(shape.n, np.uint8)
            if index <= SLOT_BITS:
                _nonlinear.leaf_open(reader.words(shape.n, 1 << index), rho, pads, share)
            else:
                rows = 1 << (index - SLOT_BITS)
                _nonlinear.wide_open(reader.words(shape.n * rows, 32).reshape(-1, rows), index, rho, pads, share)
            if not digit:
                head(reader)
        self._rho, self._pads = [], []
        return share, reader


class LeafServer:
    """The server's side."""

    def __init__(self, shape: CompareShape) -> None:
        self.shape = shape
        self._pads: list[U32] = []
        self._e: list[U8] = []

    def prepare_send(self, ots: RandomOtSender) -> None:
        n = self.shape.n
        self._pads = [ots.leaf(n, b) if b <= SLOT_BITS else ots.wide(n, b) for b in self.shape.indices]

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        """Nothing: the server sends all OTs here."""

    def receive_prepared(self, channel: Channel) -> None:
        """Takes the client's choices."""
        shape = self.shape
        reader = Reader(channel.recv(Tag.CHOICES, shape.digits_bytes))
        self._e = [reader.bytes(shape.n, width) for width in shape.digits]
        reader.end()

    def turns(self, s: U32, limits: Iterator[int], head: bytes, tail: Tail) -> Turns[None]:
        shape, last = self.shape, len(self.shape.digits) - 1
        carry = _NONE
        for digit, width in enumerate(shape.digits):
            e = self._e[digit]
            if digit:
                reader = Reader((yield Receive(Tag.CARRY, next(limits))))
                e = e | (reader.bytes(shape.n, 1) << np.uint8(width))
                reader.end()
            share = uniform_bits(shape.n)
            table = self._words(digit, s, e, carry, share) + (b"" if digit else head)
            carry = share
            yield Send(Tag.LAST if digit == last else Tag.LEAF, table + tail(share) if digit == last else table)
        self._pads, self._e = [], []

    def _words(self, digit: int, s: U32, e: U8, carry: U8, share: U8) -> bytes:
        """A digit's words, as they are sent."""
        shape, index, pads = self.shape, self.shape.indices[digit], self._pads[digit]
        read = (s, shape.shifts[digit], shape.digits[digit], e, carry, share, pads)
        if index <= SLOT_BITS:
            words = np.empty(shape.n, np.uint32)
            _nonlinear.leaf_words(*read, words)
            return pack(words, 1 << index)
        words = np.empty((shape.n, 1 << (index - SLOT_BITS)), np.uint32)
        _nonlinear.wide_words(*read, words)
        return pack(words, 32)


@dataclass(frozen=True)
class Leaf:
    """The protocol: the server sends a digit's words, the client the bit of its next choice."""

    flight_bytes: int = 0
    name: ClassVar[ComparisonName] = "leaf"
    widest: ClassVar[int] = WIDEST_SLOT_BITS

    def slot_bits(self, n: int, bits: int) -> int:
        return cheapest_slots(n, bits, self.widest, self.flight_bytes)

    def client(self, shape: CompareShape) -> LeafClient:
        return LeafClient(shape)

    def server(self, shape: CompareShape) -> LeafServer:
        return LeafServer(shape)

    def messages(self, shape: CompareShape, head: int, tail: int) -> tuple[list[int], list[int]]:
        server = [shape.table_bytes(digit) for digit in range(len(shape.digits))]
        server[0] += head
        server[-1] += tail
        return server, [shape.bit_bytes] * (len(shape.digits) - 1)

    def prepared_bytes(self, shape: CompareShape) -> int:
        """Its choices."""
        return shape.digits_bytes

    def server_sends(self, shape: CompareShape) -> tuple[Transfers, ...]:
        return tuple((shape.n, bits) for bits in shape.indices)

    def client_sends(self, shape: CompareShape) -> tuple[Transfers, ...]:
        return ()


LEAF = Leaf()
