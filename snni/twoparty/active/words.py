"""Arithmetic on words of authenticated bits: Shares whose first axis is a word's bits, the lowest first, mod 2^bits.

A full adder takes one AND (Boyar, Peralta, Pochuev, 2000): maj(a, b, c) = (a XOR c)(b XOR c) XOR c. Sums of many words
are brought to two by carry-save adders (Wallace, 1964), all words at a time, then added by ripple.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from snni.twoparty.active.gates import land
from snni.twoparty.active.party import Party
from snni.twoparty.active.places import side_by_side, taken
from snni.twoparty.active.shares import Shares, joined, stacked, zeros
from snni.twoparty.active.triples import TripleMaker
from snni.wire.packing import U8


def bits_of(values: NDArray[np.integer], bits: int) -> U8:
    """Integers of any shape as words uint8 [bits, ...], two's complement."""
    places = np.arange(bits).reshape(-1, *[1] * values.ndim)
    return (values.astype(np.int64) >> places & 1).astype(np.uint8)


def numbers(words: U8) -> NDArray[np.int64]:
    """Words [bits, ...] as integers in [0, 2^bits)."""
    places = np.arange(len(words)).reshape(-1, *[1] * (words.ndim - 1))
    total: NDArray[np.int64] = (words.astype(np.int64) << places).sum(axis=0)
    return total


def extended(word: Shares, bits: int, signed: bool) -> Shares:
    """In so many bits: cut, or with the top bit repeated, or with zeros."""
    if bits <= len(word):
        return word[:bits]
    top = word[-1:] if signed else zeros(1, *word.shape[1:])
    return joined([word, *[top] * (bits - len(word))])


def shifted_up(word: Shares, by: int) -> Shares:
    """Times 2^by, in as many bits."""
    return joined([zeros(by, *word.shape[1:]), word[: len(word) - by]]) if by else word


class Arithmetic:
    """The operations that take ANDs, of one party."""

    def __init__(self, party: Party, triples: TripleMaker) -> None:
        self.party, self._triples = party, triples

    def land(self, x: Shares, y: Shares) -> Shares:
        return land(self.party, self._triples, x, y)

    def lnot(self, x: Shares) -> Shares:
        return self.party.plus(x, np.ones(x.shape, np.uint8))

    def constant(self, values: NDArray[np.integer], bits: int) -> Shares:
        """Of numbers that both know."""
        return self.party.plus(zeros(bits, *values.shape), bits_of(values, bits))

    def add(self, x: Shares, y: Shares, carry: Shares | None = None) -> Shares:
        """x + y (+ carry), ANDs: bits - 1 a word, one after the other."""
        made: list[Shares] = []
        carry = zeros(1, *x.shape[1:])[0] if carry is None else carry
        for place in range(len(x)):
            a, b = x[place], y[place]
            made.append(a ^ b ^ carry)
            if place < len(x) - 1:
                carry = self.land(a ^ carry, b ^ carry) ^ carry
        return stacked(made)

    def subtract(self, x: Shares, y: Shares) -> Shares:
        """x - y = x + NOT y + 1."""
        return self.add(x, self.lnot(y), self.party.plus(zeros(1, *x.shape[1:])[0], np.ones(x.shape[1:], np.uint8)))

    def total(self, rows: Sequence[Shares]) -> Shares:
        """The sum of words of one shape."""
        left = list(rows)
        while len(left) > 2:
            groups = len(left) // 3
            a, b, c = (stacked(left[at : 3 * groups : 3]) for at in range(3))
            sums, carries = a ^ b ^ c, self._majority(a, b, c)
            left = [*(sums[g] for g in range(groups)), *(carries[g] for g in range(groups)), *left[3 * groups :]]
        return left[0] if len(left) == 1 else self.add(*left)

    def _majority(self, a: Shares, b: Shares, c: Shares) -> Shares:
        """Carries of words [groups, bits, ...], one place up; the top one's falls out."""
        low = [_without_top(one) for one in (a, b, c)]
        carry = self.land(low[0] ^ low[2], low[1] ^ low[2]) ^ low[2]
        return side_by_side([zeros(a.shape[0], 1, *a.shape[2:]), carry])

    def select(self, bit: Shares, x: Shares, y: Shares) -> Shares:
        """x where the bit [...] is 1, else y."""
        return y ^ self.land(bit.over(x.shape), x ^ y)


def _without_top(words: Shares) -> Shares:
    return Shares(words.bits[:, :-1], words.codes[:, :-1], words.keys[:, :-1])


def largest(words: Arithmetic, values: Shares) -> Shares:
    """Index of the largest of words [bits, count], by a tournament of differences in so many bits; of equals the
    lowest."""
    count = values.shape[1]
    bits = max(1, (count - 1).bit_length())
    best, index = taken(values, 1, 0), words.constant(np.zeros((), np.int64), bits)
    for other in range(1, count):
        against = taken(values, 1, other)
        stays = words.lnot(words.subtract(best, against)[-1])
        index = words.select(stays, index, words.constant(np.full((), other), bits))
        best = words.select(stays, best, against)
    return index
