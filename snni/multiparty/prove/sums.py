"""Proof of an evaluator's parts of sums: coefficients, which the dealer has, times terms, which both evaluators have.

Every value has a weight, drawn after it was told, by which all of a piece are one inner product mod 2^64 (SPDZ2k:
Cramer, Damgard, Escudero, Scholl, Xing, CRYPTO 2018, section 3). Twice, with other weights; as these are the terms'
alone, one opening of the masked coefficients serves both. If some value is off by an odd multiple of 2^v, v < k, either
sum is off by a multiple of 2^(v + t) with chance 2^-t, both with 4^-t, and what is told of their masks passes for the
one that is off by less with chance 2^-(64 - v - t): in all less than 2^-(64 - k). Again where that is not below 2^-40.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, WORD, WORDS, drawn
from snni.multiparty.prove.corrections import SumPart
from snni.multiparty.prove.inner import Claim, sacrifice
from snni.multiparty.prove.sides import Side
from snni.wire.packing import U32

WEIGHTINGS = 2
ONCE_BITS = 24
AT_ONCE = 1 << 19
"""About so many products go into one proof."""

Piece = list[tuple[int, slice]]
"""Statements by number, and which of their values."""


@dataclass(frozen=True)
class ToldSum:
    """z: psi_i - chi_i as far as it is known. u: None at the dealer."""

    part: SumPart
    u: list[U32] | None
    z: U64


def prove_sums(side: Side, statements: Sequence[ToldSum]) -> None:
    """Raises DeviationError: one of them does not hold, or a message is not what it should be."""
    for piece in pieces([(len(one.part.terms), one.part.count) for one in statements]):
        parts = [(statements[at], taken) for at, taken in piece]
        for _ in range(repetitions([one.part.bits for one, _ in parts])):
            weights = DealtStream(side.challenge(2).tobytes())
            sacrifice(side, WORDS, *_claims(parts, weights))


def pieces(shapes: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """What is proved at once. shapes: of each statement how many terms and values."""
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


def _claims(parts: Sequence[tuple[ToldSum, slice]], weights: DealtStream) -> list[Claim]:
    """One for each weighting, of the same coefficients."""
    a: list[U64] = []
    bs: list[list[U64]] = [[] for _ in range(WEIGHTINGS)]
    zs = [0] * WEIGHTINGS
    for one, taken in parts:
        a += one.part.coefficients(taken) or []
        terms = None if one.u is None else one.part.values(one.u, taken)
        for at in range(WEIGHTINGS):
            chi = drawn(weights, taken.stop - taken.start)
            bs[at] += [] if terms is None else [chi * term for term in terms]
            zs[at] = (zs[at] + WORDS.dot(chi, one.z[taken])) % WORD
    one, _ = parts[0]
    left = _joined(a, one.part.held)
    return [Claim(left, _joined(b, one.u is not None), z) for b, z in zip(bs, zs, strict=True)]


def _joined(parts: list[U64], known: bool) -> U64 | None:
    return np.concatenate([np.zeros(0, np.uint64), *parts]) if known else None
