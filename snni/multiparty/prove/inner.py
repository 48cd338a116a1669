"""Proof of an inner product of which two verifiers hold additive shares: sum of a[i] b[i] = z.

Boneh, Boyle, Corrigan-Gibbs, Gilboa, Ishai, "Zero-Knowledge Proofs on Secret-Shared Data via Fully Linear PCPs"
(CRYPTO 2019), section 4.2, recursed as in section 5: with a = (a_0, a_1) in halves, A(t) = a_0 + t (a_1 - a_0) and
B(t) likewise, q(t) = sum of A(t) B(t) has q(0) + q(1) = z. The prover shares q(0) and q's leading coefficient; at a
challenge r the claim becomes one of half the length, sum of A(r) B(r) = q(r), of which all shares are local. In a
field alone.

What is left is shown by a sacrifice (Damgard, Pastro, Smart, Zakarias, CRYPTO 2012, section 4; over Z_2^k: Cramer,
Damgard, Escudero, Scholl, Xing, CRYPTO 2018, section 5): the prover shares A random and Z = sum of A[i] b[i]; at a
challenge r the verifiers open e = r a - A, and r z - Z - sum of e[i] b[i] must be zero. The prover gives both the
hash of e, so that a verifier that sends a wrong share of it learns nothing of the other's b. One e serves any number of
b's, each with its Z."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from snni.errors import DeviationError
from snni.multiparty import _field
from snni.multiparty.prove.algebra import FIELD, U64, Algebra, drawn, single
from snni.multiparty.prove.sides import HASH_BYTES, OPENED, Prover, Side, Verifier

LEAST = 256
"""Lengths above it are halved."""
NONCE = 3
"""Words of a sacrifice's challenge: the challenge, and what keeps its hash from being inverted."""


@dataclass(frozen=True)
class Claim:
    """At the prover the values, at a verifier its shares: a and b uint64 [n], z below 2^64.

    None in place of a or b: this verifier's share is zero and its other's is all. Then the other has b or a alone.
    """

    a: U64 | None
    b: U64 | None
    z: int


def prove_folded(side: Side, claim: Claim) -> None:
    """In GF(2^64). Lengths are rounded up with zeros. Raises DeviationError: the claim does not hold, or a message is
    not what it should be."""
    size = next(one.size for one in (claim.a, claim.b) if one is not None)
    halvings = max(0, -(-size // LEAST) - 1).bit_length()
    a, b = (
        None if one is None else _padded(one, -(-size // (1 << halvings)) << halvings) for one in (claim.a, claim.b)
    )
    z = claim.z
    for _ in range(halvings):
        if isinstance(side, Prover):
            if a is None or b is None:
                raise ValueError("who proves knows all")
            half = a.size // 2
            ends = np.array([_field.dot(a[:half], b[:half]), _field.dot_of_sums(a, b)], np.uint64)
            side.say(ends ^ drawn(side.first, 2))
            (r,) = side.challenge(1).tolist()
        else:
            low, top = side.hear(2).tolist()
            (r,) = side.challenge(1).tolist()
            z = low ^ _times(r, z ^ top ^ _times(r, top))
        a, b = (None if one is None else _field.fold(one, r) for one in (a, b))
    sacrifice(side, FIELD, Claim(a, b, z))


def sacrifice(side: Side, algebra: Algebra, *claims: Claim) -> None:
    """Of any length, which the verifiers send each other. claims: all of one a. Raises DeviationError."""
    if isinstance(side, Prover):
        _sacrifice_proved(side, algebra, claims)
    else:
        _sacrifice_verified(side, algebra, claims)


def _sacrifice_proved(side: Prover, algebra: Algebra, claims: Sequence[Claim]) -> None:
    a, bs = claims[0].a, [claim.b for claim in claims if claim.b is not None]
    if a is None or len(bs) < len(claims):
        raise ValueError("who proves knows all")
    mask = algebra.plus(drawn(side.first, a.size), drawn(side.second, a.size))
    products = np.array([algebra.dot(mask, b) for b in bs], np.uint64)
    side.say(algebra.minus(products, drawn(side.first, len(claims))))
    r, *_ = side.challenge(NONCE).tolist()
    side.confirm()
    side.will_open(algebra.minus(algebra.times(r, a), mask))


def _sacrifice_verified(side: Verifier, algebra: Algebra, claims: Sequence[Claim]) -> None:
    a, b = claims[0].a, claims[0].b
    size = next(one.size for one in (a, b) if one is not None)
    mask = drawn(side.shares, size)
    products = side.hear(len(claims))
    r, *_ = side.challenge(NONCE).tolist()
    side.confirm()
    mine = algebra.minus(np.zeros(size, np.uint64) if a is None else algebra.times(r, a), mask)
    rest = algebra.minus(algebra.times(r, np.array([claim.z for claim in claims], np.uint64)), products)
    opened = _opened(side, algebra, claims[0], mine)
    if opened is not None:
        side.hear_opened(opened)
        sums = [algebra.dot(opened, claim.b) for claim in claims if claim.b is not None]
        rest = algebra.minus(rest, np.array(sums, np.uint64))
    else:
        side.prover.recv(OPENED, HASH_BYTES)
    if np.any(algebra.plus(rest, side.exchange(rest))):
        raise DeviationError("what was dealt or told is not what was proved of it")


def _opened(side: Verifier, algebra: Algebra, claim: Claim, mine: U64) -> U64 | None:
    """Who has no b needs nothing, who has no a gives nothing: its part is a mask that the other does not need."""
    if claim.b is None:
        side.give(mine)
        return None
    theirs = side.take(mine.size) if claim.a is None else side.exchange(mine)
    return algebra.plus(mine, theirs)


def _padded(values: U64, size: int) -> U64:
    return values if values.size == size else np.concatenate([values, np.zeros(size - values.size, np.uint64)])


def _times(r: int, value: int) -> int:
    return int(_field.scale(single(value), r)[0])
