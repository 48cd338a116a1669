"""Proof of sums of products mod 2^64: every statement in one inner product, by random weights for its values.

Values mod 2^k are proved as integers mod 2^64, so that what is off by less than 2^k is found though weights are words:
SPDZ2k (Cramer, Damgard, Escudero, Scholl, Xing, CRYPTO 2018, section 3) for checks over Z_2^k. Weights are alpha beta,
of a channel and a place. If some value is off by an odd multiple of 2^v, v < k, then what its row comes to by beta is
off by a multiple of 2^(v + s) with chance 2^-s, all of them by alpha by one of 2^(v + t) with less than (t + 2)
2^-(t + 1), and the sacrifice then passes with chance 2^-(64 - v - t): in all less than (68 - k)^2 2^-(67 - k), below
2^-24 for k = 32. Twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, WORD, WORDS
from snni.multiparty.prove.inner import Claim, sacrifice
from snni.multiparty.prove.sides import Side

REPETITIONS = 2


class Statement(Protocol):
    """Values in a ring that are sums of products."""

    def claim(self, weights: DealtStream) -> Claim:
        """Its weighted sum, with weights that are drawn now."""
        ...


def prove_words(side: Side, statements: Sequence[Statement]) -> None:
    """Raises DeviationError: one of them does not hold, or a message is not what it should be."""
    for _ in range(REPETITIONS if statements else 0):
        weights = DealtStream(side.challenge(2).tobytes())
        claims = [statement.claim(weights) for statement in statements]
        z = sum(claim.z for claim in claims) % WORD
        sacrifice(side, WORDS, Claim(_joined([one.a for one in claims]), _joined([one.b for one in claims]), z))


def _joined(parts: Sequence[U64 | None]) -> U64 | None:
    """All or none are there."""
    there = [part.reshape(-1) for part in parts if part is not None]
    if there and len(there) != len(parts):
        raise ValueError("a vector that is there in part")
    return np.concatenate(there) if there else None
