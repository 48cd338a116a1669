"""Proof of relations between bits: all in one inner product over GF(2^64), by a random weight for each.

For relations sum of a b = z of bits, sum over all of w (sum of a b - z) = 0 for w drawn after they were fixed: false with
chance 2^-64 where one of them is (Boneh et al., CRYPTO 2019, section 5, for many constraints of degree 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from snni.multiparty import _field
from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, drawn
from snni.multiparty.prove.inner import Claim, prove_folded
from snni.multiparty.prove.planes import Group, Relations
from snni.multiparty.prove.sides import Side


AT_ONCE = 1 << 20
"""About so many products go into one proof."""


def prove_bits(side: Side, relations: Relations) -> None:
    """Raises DeviationError: one of them does not hold, or a message is not what it should be."""
    for groups in _pieces(relations):
        seed = side.challenge(2).tobytes()
        prove_folded(side, _claim(relations, groups, DealtStream(seed)))


def _pieces(relations: Relations) -> Iterator[list[Group]]:
    piece: list[Group] = []
    size = 0
    for group in relations.groups:
        piece.append(group)
        size += relations.n * max(1, len(group.pairs))
        if size >= AT_ONCE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _claim(relations: Relations, groups: Sequence[Group], weights: DealtStream) -> Claim:
    n = relations.n
    a: list[U64 | None] = []
    b: list[U64 | None] = []
    z, ones = 0, np.ones(n, np.uint64)
    for group in groups:
        each = drawn(weights, n)
        z ^= _field.chosen_sum(group.z, each)
        for left, right in group.pairs:
            a.append(None if left is None else _field.spread(left, each))
            b.append(None if right is None else _field.spread(right, ones))
    return Claim(_joined(a), _joined(b), z)


def _joined(parts: list[U64 | None]) -> U64 | None:
    """All or none are there. A piece of zero relations alone has one product of zeros."""
    if not parts:
        return np.zeros(1, np.uint64)
    there = [part for part in parts if part is not None]
    if there and len(there) != len(parts):
        raise ValueError("a vector that is there in part")
    return np.concatenate(there) if there else None


