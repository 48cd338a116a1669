"""Proof of sums of products mod 2^64: of an evaluator's parts of openings, whose coefficients the dealer has and whose
terms both evaluators have; of the dealer's products, of whose factors both verifiers have shares.

Every value has a weight, drawn after it was told, by which all of a piece are one inner product mod 2^64 (SPDZ2k:
Cramer, Damgard, Escudero, Scholl, Xing, CRYPTO 2018, section 3). Twice, with other weights; as these are the terms'
alone, one opening of the masked coefficients serves both. If some value is off by an odd multiple of 2^v, v < k, either
sum is off by a multiple of 2^(v + t) with chance 2^-t, both with 4^-t, and what is told of their masks passes for the
one that is off by less with chance 2^-(64 - v - t): in all less than 2^-(64 - k). Again where that is not below 2^-40.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, WORD, WORDS, drawn
from snni.multiparty.prove.inner import Claim, sacrifice
from snni.multiparty.prove.lookup import RowsPart
from snni.multiparty.prove.sides import Side
from snni.multiparty.prove.told_sums import SumPart
from snni.wire.packing import U32

WEIGHTINGS = 2
ONCE_BITS = 24
AT_ONCE = 1 << 19
"""About so many products go into one proof."""

Piece = list[tuple[int, slice]]
"""Statements by number, and which of their values."""


class Summed(Protocol):
    """count values mod 2^bits, each a sum of so many products. z: what they should be, as far as it is known."""

    @property
    def products(self) -> int: ...

    @property
    def count(self) -> int: ...

    @property
    def bits(self) -> int: ...

    @property
    def z(self) -> U64: ...

    def coefficients(self, taken: slice) -> list[U64] | None:
        """One factor of these values' products, the values following each other in every vector. None: not known."""
        ...

    def values(self, taken: slice) -> list[U64] | None:
        """The other, [values] or [values, products]. None: not known."""
        ...


@dataclass(frozen=True)
class ToldSum:
    """Implements ``Summed``. z: psi_i - chi_i as far as it is known. u: None at the dealer."""

    part: SumPart | RowsPart
    u: list[U32] | None
    z: U64

    @property
    def products(self) -> int:
        return self.part.products

    @property
    def count(self) -> int:
        return self.part.count

    @property
    def bits(self) -> int:
        return self.part.bits

    def coefficients(self, taken: slice) -> list[U64] | None:
        return self.part.coefficients(taken) if self.part.held else None

    def values(self, taken: slice) -> list[U64] | None:
        return None if self.u is None else self.part.values(self.u, taken)


def prove_sums(side: Side, statements: Sequence[Summed]) -> None:
    """Raises DeviationError: one of them does not hold, or a message is not what it should be."""
    for piece in pieces([(one.products, one.count) for one in statements]):
        parts = [(statements[at], taken) for at, taken in piece]
        for _ in range(repetitions([one.bits for one, _ in parts])):
            weights = DealtStream(side.challenge(2).tobytes())
            sacrifice(side, WORDS, *_claims(parts, weights))


def pieces(shapes: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """What is proved at once. shapes: of each statement how many products of a value, and values."""
    piece: Piece = []
    left = AT_ONCE
    for number, (terms, count) in enumerate(shapes):
        each, at = max(1, terms), 0
        while at < count:
            size = min(count - at, max(1, left // each))
            piece.append((number, slice(at, at + size)))
            left, at = left - size * each, at + size
            if left < each:
                yield piece
                piece, left = [], AT_ONCE
    if piece:
        yield piece


def repetitions(rings: Sequence[int]) -> int:
    """Proofs of values in rings of so many bits."""
    return 1 if max(rings) <= ONCE_BITS else 2


def _claims(parts: Sequence[tuple[Summed, slice]], weights: DealtStream) -> list[Claim]:
    """One for each weighting, of the same coefficients."""
    a: list[U64 | None] = []
    bs: list[list[U64 | None]] = [[] for _ in range(WEIGHTINGS)]
    zs = [0] * WEIGHTINGS
    for one, taken in parts:
        a += _or_none(one.coefficients(taken))
        values = _or_none(one.values(taken))
        for at in range(WEIGHTINGS):
            chi = drawn(weights, taken.stop - taken.start)
            bs[at] += [None if each is None else _times(chi, each) for each in values]
            zs[at] = (zs[at] + WORDS.dot(chi, one.z[taken])) % WORD
    left = _joined(a)
    return [Claim(left, _joined(b), z) for b, z in zip(bs, zs, strict=True)]


def _or_none(parts: list[U64] | None) -> list[U64 | None]:
    return [None] if parts is None else [*parts]


def _times(chi: U64, each: U64) -> U64:
    return chi * each if each.ndim == 1 else (chi[:, None] * each).reshape(-1)


def _joined(parts: list[U64 | None]) -> U64 | None:
    """All or none are known."""
    there = [part for part in parts if part is not None]
    if there and len(there) != len(parts):
        raise ValueError("a vector that is there in part")
    return np.concatenate([np.zeros(0, np.uint64), *there]) if there or not parts else None
