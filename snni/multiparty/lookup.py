"""A public function of few bits by a one-time table: F(x) less its mask, x = c + s in Z_2^window.

Ishai et al., TCC 2013, section 3, as in carry.py: the dealer tabulates F(c + i) for every i, less the output's mask,
and deals the table by sums; both evaluators read their share at s, which both know, and open. Nothing is opened before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.errors import ParameterError
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.forms import Statement
from snni.multiparty.opening import Opening
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32, packed_bytes

MAX_WINDOW = 12


@dataclass(frozen=True)
class LookupShape:
    """n values of ``window`` bits, results in Z_2^bits."""

    n: int
    window: int
    bits: int

    def __post_init__(self) -> None:
        if not 1 <= self.window <= MAX_WINDOW:
            raise ParameterError(f"a table of {self.window} bits")

    @property
    def dealt_bytes(self) -> int:
        return packed_bytes(self.n << self.window, self.bits)

    @property
    def claimed_bytes(self) -> int:
        return self.dealt_bytes

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        return (packed_bytes(self.n, self.bits),)


@dataclass(frozen=True)
class Entries:
    """A form: an entry of a table is the table's product with a row that has a one at the index."""

    shape: LookupShape
    tables: U32
    boolean: bool = False
    aside: None = None

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        return ((self.tables.size, self.shape.bits),)

    @property
    def count(self) -> int:
        return self.shape.n

    @property
    def bits(self) -> int:
        return self.shape.bits

    @property
    def constant(self) -> U32:
        return np.zeros(self.count, np.uint32)

    def of(self, terms: list[U32]) -> U32:
        products = self.tables * terms[0].reshape(self.tables.shape)
        return reduce(products.sum(axis=1, dtype=np.uint32), self.shape.bits)


def deal_lookup(shape: LookupShape, dealer: Dealer, function: U32, c: U32, mask: U32) -> None:
    """function: uint32 [2^window]. c: uint32 [n] mod 2^window. mask: of the results, uint32 [n]."""
    at = reduce(c[:, None] + np.arange(1 << shape.window, dtype=np.uint32)[None], shape.window)
    tables = function[at] - mask[:, None]
    dealer.additive(tables, shape.bits)
    dealer.opens(lambda: Entries(shape, tables))


def take_lookup(shape: LookupShape, dealt: Dealt) -> U32:
    """This evaluator's shares of the tables, uint32 [n, 2^window]."""
    return dealt.additive(shape.n << shape.window, shape.bits).reshape(shape.n, -1)


def evaluate_lookup(shape: LookupShape, tables: U32, s: U32, opening: Opening) -> U32:
    """The masked results, uint32 [n]. s: uint32 [n] mod 2^window."""
    return opening.ring(tables[np.arange(shape.n), s], shape.bits, lambda: Statement(((_ones(shape, s), shape.bits),)))


def _ones(shape: LookupShape, s: U32) -> U32:
    """For each value a row with a one at the index, uint32 [n 2^window]."""
    rows = np.zeros((shape.n, 1 << shape.window), np.uint32)
    rows[np.arange(shape.n), s] = 1
    return rows.reshape(-1)
