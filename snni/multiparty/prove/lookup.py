"""What makes a dealt lookup (lookup.py) right, as relations between bits; and what its opening is checked by.

The dealer deals besides, by XOR, the bits of c and the row that has a one at c. Folded in halves along c's bits from
the highest the row is one of half the length, down to a single one: its upper half is each time the bit times what both
halves sum to, which proves it. Entry i of a table, F(c + i), is by bits the sum of F's over the places of a one, so
linear in the row; its two shares and the halves of the output's mask sum to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce as over

import numpy as np

from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.lookup import LookupShape, take_lookup
from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.gate import add
from snni.multiparty.prove.planes import Known, Relations, plane, planes
from snni.wire.packing import U8, U32


@dataclass(frozen=True)
class LookupPart:
    """One evaluator's halves of c and of the output's mask, uint32 [n], its shares of tables, uint32 [n, 2^window], and
    its shares by XOR of c's bits and of the row, uint32 [n] and [n, 2^window]."""

    c: U32
    mask: U32
    tables: U32
    bits: U32
    row: U32


def deal_lookup_hints(shape: LookupShape, dealer: Dealer, c: U32) -> None:
    """c: uint32 [n] mod 2^window."""
    dealer.boolean(c, shape.window)
    row = c[:, None] == np.arange(1 << shape.window, dtype=np.uint32)
    dealer.boolean(row.astype(np.uint32).reshape(-1), 1)


def take_lookup_part(shape: LookupShape, dealt: Dealt, c: U32, mask: U32) -> LookupPart:
    """In the order in which it was dealt."""
    tables, bits = take_lookup(shape, dealt), dealt.boolean(shape.n, shape.window)
    return LookupPart(c, mask, tables, bits, dealt.boolean(shape.n << shape.window, 1).reshape(shape.n, -1))


def relate_lookup(shape: LookupShape, function: U32, known: Known[LookupPart]) -> list[Relations]:
    """Of the n values, of each level of folding, and of all entries."""
    c, row = (
        over(np.bitwise_xor, each) for each in ([p.bits for p in known.values()], [p.row for p in known.values()])
    )
    made = [Relations(shape.n, frozenset(known))]
    add(made[0], {role: part.c for role, part in known.items()}, planes(c, shape.window))
    for level in reversed(range(shape.window)):
        upper, row_below = row[:, 1 << level :], row[:, : 1 << level] ^ row[:, 1 << level :]
        bit = np.repeat((c >> np.uint32(level)) & np.uint32(1), 1 << level)
        made.append(Relations(bit.size, frozenset(known)))
        made[-1].product(plane(bit), plane(row_below.reshape(-1)), plane(upper.reshape(-1)))
        row = row_below
    made[0].zeros([plane(row.reshape(-1)) ^ made[0].one])
    entries = Relations(shape.n << shape.window, frozenset(known))
    values = {role: (part.tables + part.mask[:, None]).reshape(-1) for role, part in known.items()}
    first = over(np.bitwise_xor, [part.row for part in known.values()])
    bits = _entries(function, first)
    add(entries, values, [*bits, *[entries.zero] * (shape.bits - len(bits))])
    return [*made, entries]


def _entries(function: U32, row: U32) -> Sequence[U8]:
    """Planes of F(c + i) at every i by the row [n, 2^window] of c, or of its share: for each bit a cyclic correlation
    mod 2, of counts of at most 2^12, which doubles hold exactly."""
    size, at = row.shape[1], np.conj(np.fft.rfft(row))
    made = []
    for bit in range(int(function.max()).bit_length()):
        there = np.fft.rfft((function >> np.uint32(bit)) & np.uint32(1))
        counts = np.rint(np.fft.irfft(at * there, size)).astype(np.uint32)
        made.append(plane((counts & np.uint32(1)).reshape(-1)))
    return made


@dataclass(frozen=True)
class RowsPart:
    """One evaluator's shares of what a lookup's opening is read by: as ``told_sums.SumPart``, a value's products
    being its table by a row. tables: None at the other evaluator."""

    shape: LookupShape
    tables: U32 | None

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        return ((self.shape.n << self.shape.window, self.shape.bits),)

    @property
    def count(self) -> int:
        return self.shape.n

    @property
    def bits(self) -> int:
        return self.shape.bits

    @property
    def products(self) -> int:
        """Of one value."""
        return 1 << self.shape.window

    @property
    def held(self) -> bool:
        return self.tables is not None

    def told(self, u: list[U32], psi: U64) -> U64:
        if self.tables is None:
            raise ValueError("told by who has no share")
        rows = u[0].reshape(self.shape.n, -1).astype(np.uint64)
        told: U64 = psi - (self.tables * rows).sum(axis=1, dtype=np.uint64)
        return told

    def coefficients(self, taken: slice) -> list[U64]:
        """As SumPart's."""
        return [] if self.tables is None else [self.tables[taken].reshape(-1).astype(np.uint64)]

    def values(self, u: list[U32], taken: slice) -> list[U64]:
        """As SumPart's, uint64 [values, products]."""
        return [u[0].reshape(self.shape.n, -1)[taken].astype(np.uint64)]
