"""What makes the words of a carry's tables (carry.py) right, as products of bits.

For a digit d of w bits, t_i = [d >= i], 0 <= i <= 2^w, is made bit by bit: with t of the lower bits and b the next
one, [b d >= i] = b + t_i + b t_i below 2^l, b there, and b t_(i - 2^l) above. The first table's entry i is t_(2^w -
i) under its flip. A later one's, for carry e + sigma from below, are t_(2^w - i) + sigma (t_(2^w - 1 - i) + t_(2^w -
i)) at e = 0 and t_(2^w - 1 - i) + the same at e = 1. Products that no table has are dealt besides, as *hints*."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from snni.multiparty.carry import CarryShape, digit
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.prove.planes import Relations
from snni.wire.packing import U8, U32


class TableHints:
    """Of each of a carry's tables: the products of its digit's bits that are dealt besides, and inner flips."""

    def __init__(self, shape: CarryShape) -> None:
        self._shape = shape

    @cached_property
    def products(self) -> tuple[int, ...]:
        """Bits of each table's word of products: of all levels, at the first but the last."""
        counts = [(1 << width) - width - 1 for width in self._shape.digits]
        top = (1 << (self._shape.digits[0] - 1)) - 1
        return (counts[0] - top, *counts[1:])

    @property
    def flips(self) -> int:
        """Of tables that are neither first nor last."""
        return max(0, len(self._shape.digits) - 2)

    def deal(self, dealer: Dealer, c: U32, sigmas: Sequence[U32]) -> None:
        """c: uint32 [n]. sigmas: the flips of all tables but the last, uint32 [n] in {0, 1}."""
        shape = self._shape
        for width, shift, bits in zip(shape.digits, shape.shifts, self.products, strict=True):
            if bits:
                dealer.boolean(_products(digit(c, shift, width), bits), bits)
        for sigma in sigmas[1:]:
            dealer.boolean(sigma, 1)

    def take(self, dealt: Dealt) -> tuple[list[U32 | None], list[U32]]:
        """Words of products by table, and the inner flips."""
        words = [dealt.boolean(self._shape.n, bits) if bits else None for bits in self.products]
        return words, [dealt.boolean(self._shape.n, 1) for _ in range(self.flips)]

    def relate(
        self,
        relations: Relations,
        tables: Sequence[Sequence[U8]],
        bits: Sequence[U8],
        hints: Sequence[Sequence[U8]],
        flips: Sequence[U8],
        last: U8,
    ) -> None:
        """tables: planes of each table's entries. bits: of c, lowest first. hints: planes of products; flips: inner
        ones; last: the last table's."""
        shape, below = self._shape, None
        for at, (entries, width, shift, products) in enumerate(
            zip(tables, shape.digits, shape.shifts, hints, strict=True)
        ):
            own = bits[shift : shift + width]
            first, final = at == 0, at == len(tables) - 1
            flip = last if final else entries[0] if first else flips[at - 1]
            unflipped = [entry ^ flip for entry in entries]
            if below is None:
                _relate_first(relations, unflipped, own, products)
            else:
                _relate_later(relations, unflipped, own, products, below)
            below = flip


def _products(own: U32, bits: int) -> U32:
    """Of a digit's bits, b [lower bits >= i] by level and i: as many as are asked for."""
    words, at, level = np.zeros_like(own), 0, 1
    while at < bits:
        lower, bit = digit(own, 0, level), digit(own, level, 1)
        for i in range(1, 1 << level):
            words |= (bit * (lower >= i)) << np.uint32(at)
            at += 1
        level += 1
    return words


def _steps(relations: Relations, own: Sequence[U8], products: Sequence[U8], levels: int) -> list[U8]:
    """t of the lowest ``levels`` bits; relates each product."""
    t, at = [relations.one, relations.zero], 0
    for level in range(levels):
        count = (1 << level) - 1
        each = products[at : at + count]
        for lower, product in zip(t[1:], each, strict=False):
            relations.product(own[level], lower, product)
        t, at = _risen(t, own[level], each), at + count
    return t


def _risen(t: Sequence[U8], bit: U8, products: Sequence[U8]) -> list[U8]:
    below = [bit ^ lower ^ product for lower, product in zip(t[1:], products, strict=False)]
    return [t[0], *below, bit, *products, t[-1]]


def _relate_first(relations: Relations, entries: Sequence[U8], own: Sequence[U8], hints: Sequence[U8]) -> None:
    """The last level's products are entries."""
    lower = _steps(relations, own, hints, len(own) - 1)
    half = len(lower) - 1
    top = [entries[half - i] for i in range(1, half)]
    for t, product in zip(lower[1:], top, strict=False):
        relations.product(own[-1], t, product)
    risen = _risen(lower, own[-1], top)
    relations.zeros(entry ^ risen[len(entries) - i] for i, entry in enumerate(entries))


def _relate_later(
    relations: Relations, entries: Sequence[U8], own: Sequence[U8], hints: Sequence[U8], below: U8
) -> None:
    t = _steps(relations, own, hints, len(own))
    count = len(t) - 1
    for i in range(count):
        chosen = entries[i] ^ t[count - i]
        relations.product(below, t[count - 1 - i] ^ t[count - i], chosen)
        relations.zeros([entries[count + i] ^ t[count - 1 - i] ^ chosen])
