"""What an opened value is of what both evaluators know: a form, linear in it, whose coefficients the dealer knows.

  z = public + constant + form(terms).   terms, public, z: at both evaluators; constant and coefficients: at who deals.

Every opening of every protocol here is one. Three passive servers make no use of that; where one may lie, check/ does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from snni.ring.arithmetic import reduce
from snni.wire.packing import U32

Terms = tuple[tuple[U32, int], ...]
"""Of a form, each with its bits."""


@dataclass(frozen=True)
class Statement:
    """An evaluator's side of an opening: what it puts into the form, and what of the opened value is outside of it."""

    terms: Terms
    public: U32 | None = None


Says = Callable[[], Statement]


class Form(Protocol):
    """The dealer's side. widths: count and bits of each term. count, bits: of the results; boolean: whether sums are
    XORs of words, of terms and results alike. constant: uint32 [count].

    aside: what only the dealer and the witness hold sums to a constant of; the dealer's is added, the witness's taken
    off. None where there is none.
    """

    @property
    def widths(self) -> tuple[tuple[int, int], ...]: ...

    @property
    def count(self) -> int: ...

    @property
    def bits(self) -> int: ...

    @property
    def boolean(self) -> bool: ...

    @property
    def constant(self) -> U32: ...

    @property
    def aside(self) -> U32 | None: ...

    def of(self, terms: list[U32]) -> U32:
        """uint32 [count]: linear in the terms."""
        ...


class Checks(Protocol):
    """What becomes of the forms while dealing goes on."""

    def add(self, form: Callable[[], Form]) -> None: ...


class Unchecked:
    """Nothing."""

    def add(self, form: Callable[[], Form]) -> None:
        """Not made."""


@dataclass(frozen=True)
class Term:
    """Coefficients uint32 [count] of a term of fewer values where it is repeated; products are shifted left."""

    coefficients: U32
    values: int
    bits: int
    left: int = 0


@dataclass(frozen=True)
class Sum:
    """Sum over terms of coefficient times value, in Z_2^bits."""

    terms: tuple[Term, ...]
    constant: U32
    bits: int
    boolean: bool = False
    aside: None = None

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        return tuple((term.values, term.bits) for term in self.terms)

    @property
    def count(self) -> int:
        return self.constant.size

    def of(self, terms: list[U32]) -> U32:
        total = np.zeros(self.count, np.uint32)
        for term, values in zip(self.terms, terms, strict=True):
            each = np.tile(values, self.count // term.values) if term.values != self.count else values
            total += (term.coefficients * each) << np.uint32(term.left)
        return reduce(total, self.bits)
