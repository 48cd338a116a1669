"""The carry of c + s by digits: truth tables dealt ahead, read online at the evaluators' own digits.

One-time truth tables (Ishai, Kushilevitz, Meldgaard, Orlandi, Paskin-Cherniavsky, TCC 2013, section 3). The dealer
knows c, both evaluators know s, so a digit's table is shared by XOR and read at the digit of s with nothing opened;
only the carry from the digit below is an index that nobody may know. It is opened under a bit sigma of the dealer's:

  e_j = carry_j XOR sigma_j <- Carry(c at dealer, ahead; s at both evaluators, online).   Semi-honest; exact.

Table j is for index (digit of s, e_(j-1)); its entries are carry_j XOR sigma_j. The last table's flip is the caller's:
what it opens is the carry under the caller's mask. Each opening is a bit from either evaluator, at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from snni.errors import ParameterError
from snni.multiparty import _gate
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.forms import Says, Statement
from snni.wire.packing import U8, U32, packed_bytes

INDEX_BITS = 5
"""Most bits of a table's index: a table is a word."""

Open = Callable[[U8, Says], U8]
"""Opens bits of which both evaluators hold XOR shares, uint8 [n]."""


@dataclass(frozen=True)
class Entries:
    """A form over bits: an entry of a table is the table's product with a word that has a one at the index."""

    tables: U32
    index_bits: int
    bits: int = 1
    boolean: bool = True
    aside: None = None

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        return ((self.tables.size, 1 << self.index_bits),)

    @property
    def count(self) -> int:
        return self.tables.size

    @property
    def constant(self) -> U32:
        return np.zeros(self.count, np.uint32)

    def of(self, terms: list[U32]) -> U32:
        parity: U32 = np.bitwise_count(self.tables & terms[0]).astype(np.uint32) & np.uint32(1)
        return parity


@dataclass(frozen=True)
class CarryShape:
    """n carries out of the ``bits`` bits from bit ``above`` on; 1 <= bits, above + bits <= 31."""

    n: int
    bits: int
    above: int = 0

    def __post_init__(self) -> None:
        if self.n < 1 or self.bits < 1 or self.above < 0 or self.above + self.bits > 31:
            raise ParameterError(f"carry of {self.n} values of {self.bits} bits above {self.above}")

    @cached_property
    def indices(self) -> tuple[int, ...]:
        """Index bits of each table, lowest digit first: as few tables as INDEX_BITS allow, as even as can be."""
        tables = 1 + max(0, -(-(self.bits - INDEX_BITS) // (INDEX_BITS - 1)))
        each, more = divmod(self.bits + tables - 1, tables)
        return (each + 1,) * more + (each,) * (tables - more)

    @cached_property
    def digits(self) -> tuple[int, ...]:
        """Bits of each digit."""
        return (self.indices[0], *(bits - 1 for bits in self.indices[1:]))

    @cached_property
    def shifts(self) -> tuple[int, ...]:
        """Where each digit begins."""
        return tuple(self.above + sum(self.digits[:at]) for at in range(len(self.digits)))

    @property
    def dealt_bytes(self) -> int:
        """To the second evaluator."""
        return sum(packed_bytes(self.n, 1 << index) for index in self.indices)

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        """Payloads of each opening, each way."""
        return (packed_bytes(self.n, 1),) * len(self.indices)


def digit(x: U32, shift: int, width: int) -> U32:
    """Bits [shift, shift + width)."""
    taken: U32 = (x >> np.uint32(shift)) & np.uint32((1 << width) - 1)
    return taken


def deal_carry(shape: CarryShape, dealer: Dealer, c: U32, sigmas: list[U32], flip: U32) -> None:
    """c: uint32 [n]. sigmas: fresh bits for each table but the last, flip: for the last; uint32 [n] in 0..1."""
    below: U32 | None = None
    for index, width, shift, out in zip(shape.indices, shape.digits, shape.shifts, [*sigmas, flip], strict=True):
        words = _gate.tables(c, shift, width, below, out)
        dealer.boolean(words, 1 << index)
        dealer.opens(partial(Entries, words, index))
        below = out


def take_carry(shape: CarryShape, dealt: Dealt) -> list[U32]:
    """This evaluator's shares of the tables."""
    return [dealt.boolean(shape.n, 1 << index) for index in shape.indices]


def open_carry(shape: CarryShape, tables: list[U32], s: U32, opened: Open) -> U8:
    """The last table's entry, opened: the carry under the dealer's flip, uint8 [n]."""
    e: U8 | None = None
    for words, width, shift in zip(tables, shape.digits, shape.shifts, strict=True):
        e = opened(_gate.entries(words, s, shift, width, e), partial(_entry, s, shift, width, e))
    if e is None:
        raise ParameterError("a carry without a table")
    return e


def _entry(s: U32, shift: int, width: int, below: U8 | None) -> Statement:
    """The index as a word with a one at its place."""
    index = digit(s, shift, width)
    if below is None:
        return Statement(((np.uint32(1) << index, 1 << width),))
    index |= below.astype(np.uint32) << np.uint32(width)
    return Statement(((np.uint32(1) << index, 2 << width),))
