"""Index of the largest of two to four values, revealed to the client alone; ties go to the lowest index.

Every pair is compared in one set of flights (compare.py), and the bits, shared by XOR, are the index of one lookup by
1-of-64 oblivious transfer whose every slot holds the winner in the clear: SP-LUT of Dessouky et al. (NDSS 2017),
section IV, with the output for the client alone.
  client <- argmax([x]);  server <- nothing.   Exact; |x_i - x_j| < 2^(window - 1).
Differs from a tournament (argmax.py): no value is multiplexed and no share is opened; the client has the pad of one
slot. DESIGN.md argues it.
Flights: the comparison's, whose last is the server's, then one each way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from snni.errors import ParameterError, WireError
from snni.ring.arithmetic import reduce
from snni.twoparty.nonlinear.compare import CompareShape, ComparisonProtocol
from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.leaf import LEAF
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.channel import Channel
from snni.wire.framing import HEADER
from snni.wire.packing import U8, U32, Reader, pack
from snni.wire.traffic import Traffic, alternating
from snni.wire.turns import Receive, Send, Turns

MOST_VALUES = 4
INDEX_BITS = 6
"""Of the last lookup: a bit a pair of four values; of fewer, the rest are 0."""
TABLE_WORDS = 4
"""64 slots of two bits, as two planes of 64."""


@dataclass(frozen=True)
class AllPairsShape:
    """F values compared in Z_2^window, 2 <= F <= 4; window >= 2."""

    values: int
    window: int
    comparison: ComparisonProtocol = LEAF

    def __post_init__(self) -> None:
        if not 2 <= self.values <= MOST_VALUES or self.window < 2:
            raise ParameterError(f"all pairs of {self.values} values in a window of {self.window} bits")

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(lower, higher) index of each, bit by bit of the last lookup's index."""
        return tuple(combinations(range(self.values), 2))

    @cached_property
    def compare(self) -> CompareShape:
        """All pairs' differences. They are few: their lookups are as wide as can be."""
        return CompareShape(len(self.pairs), self.window - 1, slot_bits=self.comparison.widest)

    @cached_property
    def messages(self) -> tuple[int, ...]:
        """Payload bytes of the comparison's messages and the client's choice, in turn."""
        server, client = self.comparison.messages(self.compare, 0, 0)
        return tuple(size for pair in zip(server, [*client, 1], strict=True) for size in pair)

    @property
    def reveal_bytes(self) -> int:
        """The last message of all: the table."""
        return 4 * TABLE_WORDS

    @property
    def traffic(self) -> Traffic:
        """Online, the opening included."""
        return alternating(self.messages) + Traffic(0, HEADER.size + self.reveal_bytes, 1)

    @property
    def correlations(self) -> Correlations:
        """The comparison's, and those of one wide lookup."""
        chosen, compare = self.comparison, self.compare
        return Correlations(
            (*chosen.server_sends(compare), (1, INDEX_BITS)),
            chosen.client_sends(compare),
            (chosen.prepared_bytes(compare),),
        )

    @property
    def lookups(self) -> int:
        """Digits, and the last one."""
        return self.compare.n * len(self.compare.digits) + 1

    def differences(self, x: U32) -> U32:
        """A party's shares of all pairs', uint32 [pairs] mod 2^window."""
        lower, higher = np.array(self.pairs).T
        flat = x.reshape(-1)
        return reduce(flat[lower] - flat[higher], self.window)

    def winner(self, bits: Sequence[int]) -> int:
        """The index that wins where bits[k] says whether pair k's lower index does. Some index whatever the bits."""
        lower_wins, best = dict(zip(self.pairs, bits, strict=True)), 0
        for other in range(1, self.values):
            best = best if lower_wins[best, other] else other
        return best

    @cached_property
    def winners(self) -> U8:
        """By all bits there can be, uint8 [64], the first pair's the least; bits of no pair tell nothing."""
        bits = range(len(self.pairs))
        return np.array([self.winner([i >> k & 1 for k in bits]) for i in range(1 << INDEX_BITS)], np.uint8)


def _msb(x: U32, shape: AllPairsShape) -> U8:
    return (x >> np.uint32(shape.window - 1)).astype(np.uint8)


def _number(bits: U8) -> int:
    """Bit k of it is bits[k]."""
    return int(np.packbits(bits, bitorder="little")[0])


class AllPairsClient:
    """Prepared from its shares c offline, run once."""

    def __init__(self, shape: AllPairsShape) -> None:
        self._shape = shape
        self._compare = shape.comparison.client(shape.compare)

    def prepare_receive(self, ots: RandomOtReceiver, c: U32, mask: U32 | None) -> U32:
        """Its share of the index is 0: the server has none."""
        x = self._shape.differences(c)
        self._msb = _msb(x, self._shape)
        self._compare.prepare_receive(ots, x)
        (self._rho,), (self._pad,) = ots.wide(1, INDEX_BITS)
        return np.zeros(1, np.uint32)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)

    def send_prepared(self, channel: Channel) -> None:
        self._compare.send_prepared(channel)

    def turns(self) -> Turns[None]:
        carry, reader = yield from self._compare.turns(iter(self._shape.messages[0::2]), lambda reader: None)
        reader.end()
        yield Send(Tag.CHOICE, bytes([_number(carry ^ self._msb) ^ int(self._rho)]))

    def reveal(self, channel: Channel) -> int:
        """Open the slot it has the pad of: an index in [0, F). Raises WireError: it holds no index."""
        reader = Reader(channel.recv(Tag.REVEAL, self._shape.reveal_bytes))
        planes = reader.words(TABLE_WORDS, 32).view(np.uint64)
        reader.end()
        bits = (planes >> np.uint64(self._rho)) & np.uint64(1)
        index = (int(bits[0]) | int(bits[1]) << 1) ^ int(self._pad)
        if index >= self._shape.values:  # the peer left the protocol; the number itself stays out of texts
            raise WireError(f"what was opened is no index below {self._shape.values}")
        return index


class AllPairsServer:
    """Prepared without its operand, run once on s."""

    def __init__(self, shape: AllPairsShape) -> None:
        self._shape = shape
        self._compare = shape.comparison.server(shape.compare)

    def prepare_send(self, ots: RandomOtSender) -> None:
        self._compare.prepare_send(ots)
        self._pads = ots.wide(1, INDEX_BITS).reshape(-1)

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        self._compare.prepare_receive(ots)

    def receive_prepared(self, channel: Channel) -> None:
        self._compare.receive_prepared(channel)

    def turns(self, s: U32) -> Turns[U32]:
        """The table, masked: what is sent of the result."""
        shape = self._shape
        x = shape.differences(s)
        share = np.empty(x.size, np.uint8)

        def tail(carry: U8) -> bytes:
            share[:] = carry ^ _msb(x, shape) ^ np.uint8(1)
            return b""

        yield from self._compare.turns(x, iter(shape.messages[1::2]), b"", tail)
        reader = Reader((yield Receive(Tag.CHOICE, 1)))
        e = int(reader.bytes(1, INDEX_BITS)[0])
        reader.end()
        slots = shape.winners[np.arange(1 << INDEX_BITS) ^ e ^ _number(share)]
        planes = np.packbits(np.concatenate([slots & 1, slots >> 1]), bitorder="little").view(np.uint32)
        table: U32 = planes ^ self._pads
        return table

    def reveal(self, channel: Channel, share: U32) -> None:
        """Send the table."""
        channel.send(Tag.REVEAL, pack(share, 32))
