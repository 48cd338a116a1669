"""Proof of relations between bits: all in one sum of products over GF(2^64), by a random weight for each.

For relations sum of a b = z of bits, sum over all of w (sum of a b - z) = 0 for w drawn after they were fixed (Boneh et
al., CRYPTO 2019, section 5, for many constraints of degree 2). 64 values' relations are one of words: what they are off
by is an element, zero only if none is off. w = gamma[l] weight[s] for word s of block l, gamma[0] = 1: the sum over
all is of degree 2 in these, so false with chance 2 / 2^64 where one is off (Schwartz and Zippel)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import FIELD, U64, drawn, single
from snni.multiparty.prove.packed import BLOCKS, PackedClaim, prove_packed
from snni.multiparty.prove.planes import Group, Relations
from snni.multiparty.prove.sides import Side
from snni.wire.packing import U8

AT_ONCE = 1 << 27
"""About so many products go into one proof."""
WORD_BYTES = 8
VALUES = 8 * WORD_BYTES * BLOCKS
"""As many values as have one word in each block."""

Piece = list[tuple[int, Group]]
"""Groups, each of so many values."""


def prove_bits(side: Side, statements: Sequence[Relations]) -> None:
    """Raises DeviationError: one of them does not hold, or a message is not what it should be."""
    for piece in pieces(statements):
        seed = side.challenge(2).tobytes()
        prove_packed(side, _claim(piece, DealtStream(seed)))


def pieces(statements: Sequence[Relations]) -> Iterator[Piece]:
    """Groups of so many values each, as they go into one proof: a group of more values goes in parts."""
    piece: Piece = []
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


def words(n: int) -> int:
    """That n values have in a block."""
    return -(-n // VALUES)


def width(piece: Piece) -> int:
    """Words of a block of all products. A piece of zero relations alone has one product of zeros."""
    return max(1, sum(words(n) * len(group.pairs) for n, group in piece))


def _parts(n: int, group: Group) -> Iterator[tuple[int, Group]]:
    each = AT_ONCE // max(1, len(group.pairs)) // 8 * 8
    if n <= each:
        yield n, group
        return
    for at in range(0, n, each):
        taken = slice(at // 8, (at + each) // 8)
        pairs = tuple((None if a is None else a[taken], None if b is None else b[taken]) for a, b in group.pairs)
        yield min(each, n - at), Group(pairs, group.z[taken])


def _claim(piece: Piece, drawing: DealtStream) -> PackedClaim:
    gamma = np.concatenate([single(1), drawn(drawing, BLOCKS - 1)])
    sizes = [words(n) for n, _ in piece]
    each = np.split(drawn(drawing, sum(sizes)), np.cumsum(sizes)[:-1])
    right = _rows([group.z for _, group in piece], sizes)
    z = FIELD.dot(gamma, np.array([FIELD.dot(row, np.concatenate(each)) for row in right], np.uint64))
    pairs = [(pair, size) for (_, group), size in zip(piece, sizes, strict=True) for pair in group.pairs]
    if not pairs:
        none = np.zeros((BLOCKS, 1), np.uint64)
        return PackedClaim(none, none, gamma, np.zeros(1, np.uint64), z)
    weights = np.concatenate(
        [one for (_, group), weight in zip(piece, each, strict=True) for one in [weight] * len(group.pairs)]
    )
    lengths = [size for _, size in pairs]
    a, b = (_joined([pair[at] for pair, _ in pairs], lengths) for at in range(2))
    return PackedClaim(a, b, gamma, weights, z)


def _joined(parts: list[U8 | None], sizes: list[int]) -> U64 | None:
    """All or none are there."""
    there = [part for part in parts if part is not None]
    if there and len(there) != len(parts):
        raise ValueError("a vector that is there in part")
    return _rows(there, sizes) if there else None


def _rows(planes: list[U8], sizes: list[int]) -> U64:
    """Planes side by side in uint64 [BLOCKS, sum of sizes], so many words of each block of each, zeros behind."""
    rows = np.zeros((BLOCKS, WORD_BYTES * sum(sizes)), np.uint8)
    at = 0
    for plane, size in zip(planes, sizes, strict=True):
        wide = WORD_BYTES * size
        full, rest = divmod(plane.size, wide)
        rows[:full, at : at + wide] = plane[: full * wide].reshape(full, wide)
        if rest:
            rows[full, at : at + rest] = plane[full * wide :]
        at += wide
    return rows.view(np.uint64)
