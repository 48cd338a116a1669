"""A public function of few bits by a one-time table: F(x) less its mask, x = c + s in Z_2^window.

Ishai et al., TCC 2013, section 3, as in carry.py: the dealer tabulates F(c + i) for every i, less the output's mask,
and deals the table by sums; both evaluators read their share at s, which both know, and open. Nothing is opened before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.errors import ParameterError
from snni.multiparty.dealing import Dealer, Dealt
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
    def opened_bytes(self) -> tuple[int, ...]:
        return (packed_bytes(self.n, self.bits),)


def deal_lookup(shape: LookupShape, dealer: Dealer, function: U32, c: U32, mask: U32) -> None:
    """function: uint32 [2^window]. c: uint32 [n] mod 2^window. mask: of the results, uint32 [n]."""
    at = reduce(c[:, None] + np.arange(1 << shape.window, dtype=np.uint32)[None], shape.window)
    dealer.additive(function[at] - mask[:, None], shape.bits)


def take_lookup(shape: LookupShape, dealt: Dealt) -> U32:
    """This evaluator's shares of the tables, uint32 [n, 2^window]."""
    return dealt.additive(shape.n << shape.window, shape.bits).reshape(shape.n, -1)


def evaluate_lookup(shape: LookupShape, tables: U32, s: U32, opening: Opening) -> U32:
    """The masked results, uint32 [n]. s: uint32 [n] mod 2^window."""
    return opening.ring(tables[np.arange(shape.n), s], shape.bits)
