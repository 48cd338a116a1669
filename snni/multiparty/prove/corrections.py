"""What lets the dealer check openings (check/), here from the evaluators: each makes its part, and proves it.

chi = psi - form(u) is what section 9 of DESIGN.md has a fourth server send. Its coefficients are shared between the
evaluators, who both know u and psi: each sends the dealer psi_i - form_i(u), form_i by its shares. It proves that to
the dealer, who knows its shares, and to the other evaluator, who knows u and psi_i: every product has one factor at
each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from snni.model.steps import Conv
from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, drawn
from snni.multiparty.prove.conv import Weights
from snni.multiparty.prove.inner import Claim
from snni.multiparty.prove.linear import exact, seen, weighed
from snni.multiparty.prove.lookup import RowsPart
from snni.multiparty.prove.planes import Group, plane, planes
from snni.wire.packing import U32

Widths = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Hidden:
    """What both evaluators draw for one opening: u by term, and their parts of psi: uint64 [n], bits where boolean."""

    u: list[U32]
    psi: tuple[U64, U64]


def hide(hiding: DealtStream, apart: DealtStream, widths: Widths, count: int, bits: int, boolean: bool) -> Hidden:
    """hiding: the stream that openings are hidden by, u first, then psi mod 2^bits. apart: what psi's parts differ
    by."""
    u = [hiding.draw(size, wide) for size, wide in widths]
    psi = hiding.draw(count, bits).astype(np.uint64)
    first = drawn(apart, count)
    if boolean:
        first &= np.uint64(1)
        return Hidden(u, (first, psi ^ first))
    return Hidden(u, (first, psi - first + (drawn(apart, count) << np.uint64(bits))))


class Part(Protocol):
    """One evaluator's shares of what one opening is read by. None where only widths are known: at the other."""

    @property
    def widths(self) -> Widths: ...

    @property
    def count(self) -> int: ...

    @property
    def bits(self) -> int: ...

    def told(self, u: list[U32], psi: U64) -> U64:
        """Its part of chi."""
        ...


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


@dataclass(frozen=True)
class ConvolvedPart:
    """Its halves of C and c_x, None at the other evaluator; aside: U of the weights, None at the dealer."""

    step: Conv
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    weights: U64 | None
    x: U64 | None
    aside: U64 | None

    @property
    def widths(self) -> Widths:
        return ((int(np.prod(self.inputs)), self.bits),)

    @property
    def count(self) -> int:
        return int(np.prod(self.outputs))

    @property
    def bits(self) -> int:
        return self.step.ring_bits

    def told(self, u: list[U32], psi: U64) -> U64:
        if self.weights is None or self.x is None or self.aside is None:
            raise ValueError("told by who has no share")
        bits, hidden = self.bits, u[0].reshape(self.inputs).astype(np.uint64)
        both = exact(self.step, self.weights, hidden, bits, bits) + exact(self.step, self.aside, self.x, bits, bits)
        return psi - both.reshape(-1)

    def claim(self, weights: DealtStream, u: list[U32] | None, z: U64) -> Claim:
        """z: psi_i - chi_i as far as it is known. u: None at the dealer. C u + U c_x, each by what weights and inputs
        come to (linear.py)."""
        chi, a, b = Weights.drawn(weights, self._shape), None, None
        if u is not None and self.aside is not None:
            hidden = u[0].reshape(self.inputs).astype(np.uint64)
            b = np.concatenate([seen(self.step, chi.beta, hidden), weighed(self.step, chi.alpha, self.aside)])
        if self.weights is not None and self.x is not None:
            a = np.concatenate([weighed(self.step, chi.alpha, self.weights), seen(self.step, chi.beta, self.x)])
        return Claim(a, b, chi.sum(z.reshape(self._shape)))

    @property
    def _shape(self) -> tuple[int, ...]:
        return self.inputs[0], self.step.out_channels, self.count // (self.inputs[0] * self.step.out_channels)


OpenedPart = TablePart | SumPart | RowsPart | ConvolvedPart


@dataclass(frozen=True)
class ToldConvolved:
    """Implements ``words.Statement``: that a part was told right. z: psi_i - chi_i as far as it is known."""

    part: ConvolvedPart
    u: list[U32] | None
    z: U64

    def claim(self, weights: DealtStream) -> Claim:
        return self.part.claim(weights, self.u, self.z)


def known_sum(psi: U64 | None, chi: U64 | None, boolean: bool) -> U64:
    """psi_i - chi_i by what is known: both at who proves, psi at the other evaluator, chi at the dealer."""
    if boolean:
        there = [one for one in (psi, chi) if one is not None]
        return there[0] ^ there[1] if len(there) == 2 else there[0]
    whole = psi if psi is not None else np.zeros_like(chi)
    return whole if chi is None else whole - chi
