"""One evaluator's part of what an opening of sums is checked by: of gates, rescales and products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.multiparty.prove.algebra import U64
from snni.multiparty.prove.hidden import Widths
from snni.wire.packing import U32


@dataclass(frozen=True)
class TermPart:
    """Its share of the coefficients of one term, uint32 [count], of so many values of so many bits."""

    coefficients: U32 | None
    values: int
    bits: int
    left: int = 0


@dataclass(frozen=True)
class SumPart:
    """As ``forms.Sum``, by shares. held: whether they are known."""

    terms: tuple[TermPart, ...]
    count: int
    bits: int
    held: bool

    @property
    def widths(self) -> Widths:
        return tuple((term.values, term.bits) for term in self.terms)

    def told(self, u: list[U32], psi: U64) -> U64:
        total = psi.copy()
        for term, values in zip(self.terms, u, strict=True):
            if term.coefficients is None:
                raise ValueError("told by who has no share")
            total -= term.coefficients.astype(np.uint64) * self._each(term, values, slice(None))
        return total

    @property
    def products(self) -> int:
        """Of one value."""
        return len(self.terms)

    def coefficients(self, taken: slice) -> list[U64]:
        """Its shares of so many values' coefficients, by term; none where they are not known."""
        shares = [term.coefficients for term in self.terms if term.coefficients is not None]
        return [share[taken].astype(np.uint64) for share in shares]

    def values(self, u: list[U32], taken: slice) -> list[U64]:
        """What these are taken times, by term."""
        return [self._each(term, values, taken) for term, values in zip(self.terms, u, strict=True)]

    def _each(self, term: TermPart, values: U32, taken: slice) -> U64:
        repeated = values if term.values == self.count else np.tile(values, self.count // term.values)
        return repeated[taken].astype(np.uint64) << np.uint64(term.left)
