"""One evaluator's part of what an opening of tables' entries is checked by: bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.hidden import Widths
from snni.multiparty.prove.planes import Group, plane, planes
from snni.wire.packing import U32


@dataclass(frozen=True)
class TablePart:
    """words: its shares of n tables, uint32 [n]; None at the other evaluator."""

    n: int
    index_bits: int
    words: U32 | None
    bits: int = 1

    @property
    def widths(self) -> Widths:
        return ((self.n, 1 << self.index_bits),)

    @property
    def count(self) -> int:
        return self.n

    def told(self, u: list[U32], psi: U64) -> U64:
        if self.words is None:
            raise ValueError("told by who has no share")
        read: U64 = psi ^ (np.bitwise_count(self.words & u[0]).astype(np.uint64) & np.uint64(1))
        return read

    def group(self, u: list[U32] | None, z: U64) -> Group:
        """Sum of u times the share over all entries = psi_i + chi_i. u: None at the dealer."""
        size = 1 << self.index_bits
        left = [None] * size if self.words is None else planes(self.words, size)
        right = [None] * size if u is None else planes(u[0], size)
        return Group(tuple(zip(left, right, strict=True)), plane(z.astype(np.uint32)))
