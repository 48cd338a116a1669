"""Proof of a sum of products of bits, which are multiplied as bits, a word at once: sum over blocks l and words s of
gamma[l] weights[s] (a[l, s] AND b[l, s]) = z, an AND of two words being an element of GF(2^64).

Boneh et al. (CRYPTO 2019), section 4.2, with the polynomials of section 5's first ``VARIABLES`` halvings sent at once:
the blocks are the values at the corners of A_s of degree 1 in each of so many variables, B_s likewise, so P = sum of
weights[s] A_s B_s, by bits, is of degree 2 in each, and z = sum of gamma[l] P(l). The prover shares P at all points of
{0, 1, infinity}^VARIABLES but the first corner, which follows, as gamma[0] = 1; all of these are sums over bits. At a
challenge r the claim becomes sum of weights[s] X^j A_s,j(r) B_s,j(r) = P(r), a 64th as long as there are bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.multiparty import _field
from snni.multiparty.prove.algebra import FIELD, U64, drawn, single
from snni.multiparty.prove.inner import Claim, prove_folded
from snni.multiparty.prove.sides import Prover, Side

VARIABLES = 6
BLOCKS = 1 << VARIABLES
SAID = 3**VARIABLES - 1
"""Words that the prover shares."""


@dataclass(frozen=True)
class PackedClaim:
    """At the prover the values, at a verifier its shares by XOR: a and b uint64 [BLOCKS, S], None as in ``Claim``.

    gamma: uint64 [BLOCKS], the first of which is 1; weights: uint64 [S]; both known to all.
    """

    a: U64 | None
    b: U64 | None
    gamma: U64
    weights: U64
    z: int


def prove_packed(side: Side, claim: PackedClaim) -> None:
    """Raises DeviationError: the claim does not hold, or a message is not what it should be."""
    if isinstance(side, Prover):
        if claim.a is None or claim.b is None:
            raise ValueError("who proves knows all")
        values = _field.ends(claim.a, claim.b, claim.weights)
        side.say(values[1:] ^ drawn(side.first, SAID))
    else:
        values = np.concatenate([np.zeros(1, np.uint64), side.hear(SAID)])
        values[0] = claim.z ^ FIELD.dot(claim.gamma, values[_corners()])
    r = side.challenge(VARIABLES).tolist()
    factors = _factors(r)
    a = None if claim.a is None else _field.unpack(claim.a, factors, claim.weights)
    b = None if claim.b is None else _field.unpack(claim.b, factors, None)
    prove_folded(side, Claim(a, b, _at(values, r)))


def _corners() -> NDArray[np.int64]:
    """Of each block, where its corner stands among the points: a block's bits as digits."""
    corners = np.zeros(1, np.int64)
    for _ in range(VARIABLES):
        corners = np.concatenate([3 * corners, 3 * corners + 1]).reshape(2, -1).T.reshape(-1)
    return corners


def _factors(r: list[int]) -> U64:
    """What each block is taken times in A_s(r)."""
    factors = single(1)
    for one in reversed(r):
        factors = np.concatenate([FIELD.times(one ^ 1, factors), FIELD.times(one, factors)])
    return factors


def _at(values: U64, r: list[int]) -> int:
    """P(r) of its values at all points: in one variable P(0) (1 + r) + P(1) r + P(infinity) (r + r^2)."""
    for one in r:
        zero, first, top = values.reshape(3, -1)
        square = FIELD.dot(single(one), single(one))
        values = FIELD.times(one ^ 1, zero) ^ FIELD.times(one, first) ^ FIELD.times(one ^ square, top)
    return int(values[0])
