"""Proof of relations between bits: all in one inner product over GF(2^64), by a random weight for each.

For relations sum of a b = z of bits, sum over all of w (sum of a b - z) = 0 for w drawn after they were fixed: false
with chance 2^-64 where one of them is (Boneh et al., CRYPTO 2019, section 5, for many constraints of degree 2)."""

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


def prove_bits(side: Side, statements: Sequence[Relations]) -> None:
    """Raises DeviationError: one of them does not hold, or a message is not what it should be."""
    for piece in pieces(statements):
        seed = side.challenge(2).tobytes()
        prove_folded(side, _claim(piece, DealtStream(seed)))


def pieces(statements: Sequence[Relations]) -> Iterator[list[tuple[int, Group]]]:
    """Groups of so many values each, as they go into one proof: a group of more values goes in parts."""
    piece: list[tuple[int, Group]] = []
    size = 0
    for relations in statements:
        for group in relations.groups:
            for n, part in _parts(relations.n, group):
                piece.append((n, part))
                size += n * max(1, len(group.pairs))
                if size >= AT_ONCE:
                    yield piece
                    piece, size = [], 0
    if piece:
        yield piece


def _parts(n: int, group: Group) -> Iterator[tuple[int, Group]]:
    each = AT_ONCE // max(1, len(group.pairs)) // 8 * 8
    for at in range(0, n, each):
        taken = slice(at // 8, (at + each) // 8)
        pairs = tuple((None if a is None else a[taken], None if b is None else b[taken]) for a, b in group.pairs)
        yield min(each, n - at), Group(pairs, group.z[taken])


def _claim(piece: Sequence[tuple[int, Group]], weights: DealtStream) -> Claim:
    a: list[U64 | None] = []
    b: list[U64 | None] = []
    z = 0
    for n, group in piece:
        each, ones = drawn(weights, n), np.ones(n, np.uint64)
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
