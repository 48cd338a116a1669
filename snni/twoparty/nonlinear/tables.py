"""Comparison by tables: each digit's carry in a truth table that both parties share beforehand, permuted.

One-time truth tables (Ishai, Kushilevitz, Meldgaard, Orlandi, Paskin-Cherniavsky, TCC 2013, section 3) of a function
that the client knows: it tabulates the carry for its digit, and for each bit of the index one correlated OT swaps
entries under the server's random rho (the permutation network of one XOR shift). Online the server opens digit XOR rho
and both look up. The carry from below is the index's top bit, masked by both parties: each opens its share of it under
its own mask. DESIGN.md states what each party sees.

Against leaf.py: a few bits online in place of words, the tables offline. Flights: the server is one digit behind the
client, so two digits cost two, three and four the same or two more; the caller's last two come after. Of two digits a
caller that is ready for either bit of the client's needs no flight for it (`look`, `foresee`; two_flights.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from snni.ring.random import uniform_bits
from snni.twoparty import _nonlinear
from snni.twoparty.nonlinear.compare import SLOT_BITS, CompareShape, ComparisonName, Head, Tail
from snni.twoparty.nonlinear.correlations import Transfers
from snni.twoparty.nonlinear.kept import Kept
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.packing import U8, U16, U32, Reader, pack, pack_into, packed_bytes
from snni.wire.turns import Receive, Send, Turns

_NONE, _WORDS = np.empty(0, np.uint8), np.empty(0, np.uint32)


def correction_bytes(shape: CompareShape) -> int:
    """Payload of what the client sends offline."""
    return sum(index * packed_bytes(shape.n, 1 << (index - 1)) for index in shape.indices)


def _look(tables: U32, at: U8) -> U8:
    share = np.empty(at.size, np.uint8)
    _nonlinear.table_look(tables, at, share)
    return share


class TablesClient:
    """The client's side. It learns each carry one message before the server does."""

    def __init__(self, shape: CompareShape) -> None:
        self.shape = shape
        self._c = Kept(_WORDS, 1)
        self._masks: list[Kept] = []
        self._tables: list[U32] = []
        self._corrections = memoryview(b"")

    def prepare_receive(self, ots: RandomOtReceiver, c: U32) -> None:
        """Nothing but to keep c until the OTs that the client sends."""
        self._c = Kept(c, self.shape.shifts[-1] + self.shape.digits[-1])

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Tabulates, and permutes its shares of the tables."""
        shape, c, at = self.shape, self._c.words(), 0
        corrections = np.empty(correction_bytes(shape), np.uint8)
        for digit, (index, width, shift) in enumerate(zip(shape.indices, shape.digits, shape.shifts, strict=True)):
            mask = uniform_bits(shape.n) if digit else _NONE
            tables = np.empty(shape.n, np.uint32)
            _nonlinear.table_fill(c, shift, width, mask, tables)
            for stage in range(index):
                correction = np.empty(shape.n, np.uint32)
                _nonlinear.table_swap_client(tables, stage, index, *ots.pads(shape.n), correction)
                at += pack_into(correction, 1 << (index - 1), corrections[at:])
            self._masks.append(Kept(mask, 1))
            self._tables.append(tables)
        self._c = Kept(_WORDS, 1)
        self._corrections = corrections.data

    def send_prepared(self, channel: Channel) -> None:
        """Shares the tables."""
        channel.send(Tag.TABLES, self._corrections)
        self._corrections = memoryview(b"")

    def look(self, reader: Reader) -> tuple[U8, U8]:
        """Of two digits, from what the server opens first: (what this party opens of the carry between them, its share
        of the carry out), uint8 [n]."""
        n, widths = self.shape.n, self.shape.digits
        low, high = (reader.bytes(n, width) for width in widths)
        opening = _look(self._tables[0], low) ^ self._masks[1].bytes()
        top = (reader.bytes(n, 1) ^ opening) << np.uint8(widths[1])
        share = _look(self._tables[1], high | top)
        self._masks, self._tables = [], []
        return opening, share

    def turns(self, limits: Iterator[int], head: Head) -> Turns[tuple[U8, Reader]]:
        shape, last = self.shape, len(self.shape.digits) - 1
        reader = Reader((yield Receive(Tag.LAST if last == 0 else Tag.SHIFTS, next(limits))))
        at = [reader.bytes(shape.n, width) for width in shape.digits]
        share, digit = _look(self._tables[0], at[0]), 0

        def step() -> bytes:
            """One digit up, by the server's opening in reader; this party's own."""
            nonlocal share, digit
            digit += 1
            opening = share ^ self._masks[digit].bytes()
            top = (reader.bytes(shape.n, 1) ^ opening) << np.uint8(shape.digits[digit])
            share = _look(self._tables[digit], at[digit] | top)
            return pack(opening, 1)

        behind = 0  # the digit that the server has reached
        pending = step() if last else b""
        head(reader)
        while behind < last:
            if digit < last:  # the next opening needs the same carry, which both hold shares of
                pending += pack(share ^ self._masks[digit + 1].bytes(), 1)
            behind = min(digit + 1, last)
            reader.end()
            yield Send(Tag.CARRY, pending)
            reader = Reader((yield Receive(Tag.LAST if behind == last else Tag.CARRY, next(limits))))
            if digit < last:
                step()
            pending = step() if digit < last else b""
        self._masks, self._tables = [], []
        return share, reader


class TablesServer:
    """The server's side."""

    def __init__(self, shape: CompareShape) -> None:
        self.shape = shape
        self._pads: list[list[U16]] = []
        self._rho: list[U8] = []
        self._tables: list[U32] = []

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Nothing: the client sends all OTs here."""

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        """Keeps what the swaps need: of each digit rho, and 16 bits of each stage's pad."""
        for index in self.shape.indices:
            shift, pads = np.zeros(self.shape.n, np.uint8), []
            for stage in range(index):
                rho, pad = ots.pads(self.shape.n)
                shift |= rho << np.uint8(stage)
                pads.append(pad.astype(np.uint16))
            self._rho.append(shift)
            self._pads.append(pads)

    def receive_prepared(self, channel: Channel) -> None:
        """Takes its shares of the tables."""
        shape = self.shape
        reader = Reader(channel.recv(Tag.TABLES, correction_bytes(shape)))
        for index, shift, pads in zip(shape.indices, self._rho, self._pads, strict=True):
            tables = np.zeros(shape.n, np.uint32)
            for stage, pad in enumerate(pads):
                rho = (shift >> np.uint8(stage)) & np.uint8(1)
                correction = reader.words(shape.n, 1 << (index - 1))
                _nonlinear.table_swap_server(tables, stage, index, rho, pad, correction)
            pads.clear()
            self._tables.append(tables)
        reader.end()
        self._pads = []

    def _shifted(self, s: U32) -> list[U8]:
        """Its digits XOR rho."""
        shape = self.shape
        return [
            ((s >> np.uint32(shift)).astype(np.uint8) ^ rho) & np.uint8((1 << width) - 1)
            for shift, width, rho in zip(shape.shifts, shape.digits, self._rho, strict=True)
        ]

    def foresee(self, s: U32) -> tuple[bytes, tuple[U8, U8]]:
        """Of two digits: (what it opens first, its share of the carry out for either bit that the client may open of
        the carry between them), uint8 [n] each."""
        shape, (low, high) = self.shape, self._shifted(s)
        width = shape.digits[1]
        opening = _look(self._tables[0], low) ^ (self._rho[1] >> np.uint8(width))
        places = (high | (opening ^ np.uint8(theirs)) << np.uint8(width) for theirs in (0, 1))
        zero, one = (_look(self._tables[1], place) for place in places)
        self._rho, self._tables = [], []
        return pack(low, shape.digits[0]) + pack(high, width) + pack(opening, 1), (zero, one)

    def turns(self, s: U32, limits: Iterator[int], head: bytes, tail: Tail) -> Turns[None]:
        shape, last, at = self.shape, len(self.shape.digits) - 1, self._shifted(s)
        pending = b"".join(pack(digits, width) for digits, width in zip(at, shape.digits, strict=True))
        share, digit, reader = _look(self._tables[0], at[0]), 0, Reader(memoryview(b""))

        def opening() -> U8:
            """Its share of the carry into the next digit, under the mask that permutes that digit's table."""
            return share ^ (self._rho[digit + 1] >> np.uint8(shape.digits[digit + 1]))

        def step(own: U8) -> None:
            """One digit up, by the client's opening in reader."""
            nonlocal share, digit
            digit += 1
            top = (reader.bytes(shape.n, 1) ^ own) << np.uint8(shape.digits[digit])
            share = _look(self._tables[digit], at[digit] | top)

        tag = Tag.SHIFTS
        own = _NONE
        if last:
            own = opening()
            pending += pack(own, 1)
        pending += head
        while digit < last:
            yield Send(tag, pending)
            tag, pending = Tag.CARRY, b""
            reader = Reader((yield Receive(Tag.CARRY, next(limits))))
            step(own)
            if digit < last:
                own = opening()
                pending = pack(own, 1)
                step(own)
            reader.end()
            if digit < last:
                own = opening()
                pending += pack(own, 1)
        self._rho, self._tables = [], []
        yield Send(Tag.LAST, pending + tail(share))


@dataclass(frozen=True)
class Tables:
    """The protocol: the server opens its shifts and the first carry; then each opens two carries at a time, the client
    one digit ahead."""

    flight_bytes: int = 0
    name: ClassVar[ComparisonName] = "tables"
    widest: ClassVar[int] = SLOT_BITS

    def slot_bits(self, n: int, bits: int) -> int:
        return self.widest

    def client(self, shape: CompareShape) -> TablesClient:
        return TablesClient(shape)

    def server(self, shape: CompareShape) -> TablesServer:
        return TablesServer(shape)

    def messages(self, shape: CompareShape, head: int, tail: int) -> tuple[list[int], list[int]]:
        last = len(shape.digits) - 1
        server = [shape.digits_bytes + shape.bit_bytes * min(1, last) + head]
        client = []
        for digit in range(1, last + 1, 2):
            client.append(shape.bit_bytes * len(range(digit, min(digit + 1, last) + 1)))
            server.append(shape.bit_bytes * len(range(digit + 1, min(digit + 2, last) + 1)))
        server[-1] += tail
        return server, client

    def prepared_bytes(self, shape: CompareShape) -> int:
        """The corrections of its tables."""
        return correction_bytes(shape)

    def server_sends(self, shape: CompareShape) -> tuple[Transfers, ...]:
        return ()

    def client_sends(self, shape: CompareShape) -> tuple[Transfers, ...]:
        return ((shape.n, 1),) * sum(shape.indices)


TABLES = Tables()
