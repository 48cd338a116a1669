"""Secure comparison with the client's operand known beforehand: shapes, and what comparison protocols have in common.

CrypTFlow2 (eprint 2020/1002), section 3.1, on the carry of two additive shares: for c, s in Z_2^(l+1) the carry into
bit l is 1{c mod 2^l > NOT(s) mod 2^l}.

  [1{c_low > NOT s_low}]_B <- Compare(c at client, offline; s at server, online).     Semi-honest; exact.

Digits are looked up one after the other, lowest first, the shared carry of one being an input of the next, in place
of the paper's tree of ANDs: two or three digits make the same flights, and no AND triple is needed. Two protocols do
the lookups: leaf.py by oblivious transfer online, tables.py in tables shared beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from snni.errors import ParameterError
from snni.twoparty.nonlinear.correlations import Transfers
from snni.twoparty.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.wire.channel import Channel
from snni.wire.packing import U8, U32, Reader, packed_bytes
from snni.wire.turns import Turns

ComparisonName = Literal["leaf", "tables"]
SLOT_BITS = 5
"""Most bits of a lookup's index where nothing else is asked for: a digit's, and the carry's above the lowest digit."""
WIDEST_SLOT_BITS = 8
"""The most there can be: fewer lookups, so fewer flights, for words of up to 256 bits in place of 32."""

Head = Callable[[Reader], None]
"""Takes what the caller's server sends at the end of its first message."""
Tail = Callable[[U8], bytes]
"""What the caller sends in the server's last message, given the server's share of the carry."""


@dataclass(frozen=True)
class CompareShape:
    """n comparisons of the `bits` bits from bit `above` on, 1 <= bits and above + bits <= 31. Others are not read.

    slot_bits: most bits of a lookup's index, 5 to 8.
    """

    n: int
    bits: int
    above: int = 0
    slot_bits: int = SLOT_BITS

    def __post_init__(self) -> None:
        if self.n < 1 or self.bits < 1 or self.above < 0 or self.above + self.bits > 31:
            raise ParameterError(f"comparison of {self.n} values of {self.bits} bits above {self.above}")
        if not SLOT_BITS <= self.slot_bits <= WIDEST_SLOT_BITS:
            raise ParameterError(f"lookups of {self.slot_bits} bits")

    @cached_property
    def indices(self) -> tuple[int, ...]:
        """Index bits of each lookup, the least significant digit's first: as few lookups as slot_bits allow, as even
        as can be."""
        lookups = 1 + max(0, -(-(self.bits - self.slot_bits) // (self.slot_bits - 1)))
        each, more = divmod(self.bits + lookups - 1, lookups)
        return (each + 1,) * more + (each,) * (lookups - more)

    @cached_property
    def digits(self) -> tuple[int, ...]:
        """Bits of each digit, least significant first."""
        return (self.indices[0], *(bits - 1 for bits in self.indices[1:]))

    @cached_property
    def shifts(self) -> tuple[int, ...]:
        """Where each digit begins."""
        return tuple(self.above + sum(self.digits[:at]) for at in range(len(self.digits)))

    def table_bytes(self, digit: int) -> int:
        """Payload of one digit's words: a bit a slot."""
        return packed_bytes(self.n, 1 << self.indices[digit])

    @property
    def digits_bytes(self) -> int:
        """Payload of all digits, masked."""
        return sum(packed_bytes(self.n, width) for width in self.digits)

    @property
    def bit_bytes(self) -> int:
        """Payload of one masked bit each."""
        return packed_bytes(self.n, 1)


class CompareClient(Protocol):
    """The client's side: prepared from its shares c offline, run once."""

    def prepare_receive(self, ots: RandomOtReceiver, c: U32) -> None:
        """Random OTs that the server sends. c: uint32 [n]."""

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Random OTs that the client sends."""

    def send_prepared(self, channel: Channel) -> None:
        """What it sends beforehand besides: the first messages that depend on OTs, so after their checks."""

    def turns(self, limits: Iterator[int], head: Head) -> Turns[tuple[U8, Reader]]:
        """(its share of the carry uint8 [n], the rest of the server's last message: the tail).

        limits: payload bytes of the messages to come. head: given the rest of the server's first message.
        """


class CompareServer(Protocol):
    """The server's side: prepared without its operand, run once on s."""

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Random OTs that the server sends."""

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        """Random OTs that the client sends."""

    def receive_prepared(self, channel: Channel) -> None:
        """What the client sends beforehand."""

    def turns(self, s: U32, limits: Iterator[int], head: bytes, tail: Tail) -> Turns[None]:
        """Ends with the server's last message, which ends in the tail; its first ends in the head, and comes before the
        tail where that is the last. s: uint32 [n]."""


class ComparisonProtocol(Protocol):
    """One way to compare: its two parties, and what they send and need for a shape."""

    @property
    def name(self) -> ComparisonName:
        """What the handshake calls it."""
        ...

    @property
    def widest(self) -> int:
        """Most bits of a lookup's index that it can serve."""
        ...

    @property
    def flight_bytes(self) -> int:
        """How many bytes it sends rather than wait for one more flight."""
        ...

    def slot_bits(self, n: int, bits: int) -> int:
        """Most bits of a lookup's index that suit n comparisons of so many bits."""
        ...

    def client(self, shape: CompareShape) -> CompareClient: ...

    def server(self, shape: CompareShape) -> CompareServer: ...

    def messages(self, shape: CompareShape, head: int, tail: int) -> tuple[list[int], list[int]]:
        """Payload bytes online of (the server, the client) in turn, the server's last included.

        head, tail: the caller's bytes at the end of the server's first and last.
        """
        ...

    def prepared_bytes(self, shape: CompareShape) -> int:
        """Payload of what the client sends beforehand."""
        ...

    def server_sends(self, shape: CompareShape) -> tuple[Transfers, ...]:
        """Transfers whose messages the server holds."""
        ...

    def client_sends(self, shape: CompareShape) -> tuple[Transfers, ...]:
        """Transfers whose messages the client holds."""
        ...


def cheapest_slots(n: int, bits: int, widest: int, flight_bytes: int) -> int:
    """Most bits of a lookup's index, 5 to widest, by which n comparisons cost least: their words, and for each lookup
    two flights at so many bytes each."""

    def cost(slot_bits: int) -> int:
        shape = CompareShape(n, bits, slot_bits=slot_bits)
        words = sum(shape.table_bytes(digit) for digit in range(len(shape.digits)))
        return words + 2 * len(shape.digits) * flight_bytes

    return min(range(SLOT_BITS, widest + 1), key=cost)
