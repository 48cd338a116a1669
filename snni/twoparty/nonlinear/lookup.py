"""A public function of a shared value: the server reads the client's table by 1-of-2^b oblivious transfer.

Naor, Pinkas (STOC 1999), section 2.1, from random OTs: entry i is under the sum over index bits j of a generator keyed
by the transfer's message for bit j of i, each entry at a place of its own. x = c + s in Z_2^bits.

  F(x) - r  mod 2^out_bits  <- Lookup(c, r at client, offline; s at server, online).  Semi-honest; exact.

SP-LUT (Dessouky et al., NDSS 2017, section IV) with the client, which knows its operand beforehand, as the sender. A
key of 128 bits is four random transfers of 32; the server says, under each one's choice, which bit it wants.
Flights: two, the server's first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from snni import _aes
from snni.errors import ParameterError
from snni.ring.arithmetic import reduce
from snni.ring.random import uniform
from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.packing import U8, U32, Reader, pack, packed_bytes
from snni.wire.traffic import Traffic, alternating
from snni.wire.turns import Receive, Send, Turns

PIECES = 4
"""Transfers of 32 bits in a key of 128."""
MAX_BITS = 16
Scalar = TypeVar("Scalar", np.uint8, np.uint32)


@dataclass(frozen=True)
class LookupShape:
    """n values of Z_2^bits, 1 <= bits <= 16, to values of Z_2^out_bits."""

    n: int
    bits: int
    out_bits: int

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS:
            raise ParameterError(f"a table of 2^{self.bits} entries; at most 2^{MAX_BITS}")

    @property
    def transfers(self) -> int:
        return self.n * self.bits * PIECES

    @property
    def messages(self) -> tuple[int, int]:
        """Payload bytes of the server's message and the client's."""
        return packed_bytes(self.transfers, 1), packed_bytes(self.n << self.bits, self.out_bits)

    @property
    def traffic(self) -> Traffic:
        """Online."""
        return alternating(self.messages)

    @property
    def correlations(self) -> Correlations:
        """The client sends the transfers of all keys."""
        return Correlations(client_sends=((self.transfers, 1),))

    def by_key(self, transfers: NDArray[Scalar]) -> NDArray[Scalar]:
        """Of each transfer -> [n, bits, PIECES]."""
        return transfers.reshape(self.n, self.bits, PIECES)


class LookupClient:
    """Prepared from c offline, run once."""

    def __init__(self, shape: LookupShape, function: U32) -> None:
        """function: uint32 [2^bits] mod 2^out_bits."""
        self._shape, self._function = shape, function

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        """c: uint32 [n]. Returns r."""
        shape = self._shape
        if mask is None:
            mask = uniform((shape.n,), shape.out_bits)
        at = np.arange(1 << shape.bits, dtype=np.uint32) + c[:, None]
        self._table = reduce(self._function[reduce(at, shape.bits)] - mask[:, None], shape.out_bits)
        return mask

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._pads = [self._shape.by_key(pads) for pads in ots.pads(self._shape.transfers)]

    def send_prepared(self, channel: Channel) -> None:
        """Nothing: the table goes when the server has said which messages it has."""

    def turns(self) -> Turns[None]:
        shape = self._shape
        reader = Reader((yield Receive(Tag.INDEX, shape.messages[0])))
        asked = shape.by_key(reader.bytes(shape.transfers, 1))
        reader.end()
        p0, p1 = self._pads
        entries = np.arange(1 << shape.bits)
        for bit, keys in enumerate((np.where(asked, p1, p0), np.where(asked, p0, p1))):
            for row, of_row in zip(self._table, keys, strict=True):
                for j, key in enumerate(of_row):
                    here = entries >> j & 1 == bit
                    row[here] ^= _stream(key, shape)[here]
        self._pads = []
        yield Send(Tag.FUNCTION, pack(self._table, shape.out_bits))


class LookupServer:
    """Prepared without its operand, run once on s."""

    def __init__(self, shape: LookupShape) -> None:
        self._shape = shape

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Nothing: only the client sends OTs here."""

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        choices, pads = ots.pads(self._shape.transfers)
        self._choices, self._keys = self._shape.by_key(choices), self._shape.by_key(pads)

    def receive_prepared(self, channel: Channel) -> None:
        """Nothing."""

    def turns(self, s: U32) -> Turns[U32]:
        """s: uint32 [n]. F(c + s) - r."""
        shape = self._shape
        bits: U8 = (s[:, None] >> np.arange(shape.bits, dtype=np.uint32) & np.uint32(1)).astype(np.uint8)
        yield Send(Tag.INDEX, pack(bits[:, :, None] ^ self._choices, 1))
        reader = Reader((yield Receive(Tag.FUNCTION, shape.messages[1])))
        table = reader.words(shape.n << shape.bits, shape.out_bits).reshape(shape.n, -1)
        reader.end()
        at = reduce(s, shape.bits)
        result: U32 = table[np.arange(shape.n), at]
        for row, of_row in enumerate(self._keys):
            for key in of_row:
                result[row] ^= _stream(key, shape)[at[row]]
        return result


def _stream(key: U32, shape: LookupShape) -> U32:
    """What a key puts over each entry, uint32 [2^bits] below 2^out_bits. key: four words, used here alone."""
    return _aes.prg_words(key.tobytes(), 0, 1 << shape.bits, shape.out_bits)
