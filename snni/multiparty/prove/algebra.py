"""Vectors that inner products are proved of: words of 64 bits as elements of a field, or as integers mod 2^64."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from snni.multiparty import _field
from snni.multiparty.keys import DealtStream

U64 = NDArray[np.uint64]
WORD = 1 << 64


class Algebra(Protocol):
    """Elements are integers below 2^64; vectors uint64 [n]."""

    def dot(self, a: U64, b: U64) -> int:
        """Sum of products."""
        ...

    def times(self, r: int, a: U64) -> U64:
        """r times each."""
        ...

    def plus(self, a: U64, b: U64) -> U64: ...

    def minus(self, a: U64, b: U64) -> U64: ...


class Field:
    """GF(2^64): a sum is an XOR."""

    def dot(self, a: U64, b: U64) -> int:
        return _field.dot(a, b)

    def times(self, r: int, a: U64) -> U64:
        return _field.scale(a, r)

    def plus(self, a: U64, b: U64) -> U64:
        return a ^ b

    def minus(self, a: U64, b: U64) -> U64:
        return a ^ b


class Words:
    """Z_2^64."""

    def dot(self, a: U64, b: U64) -> int:
        return int(np.dot(a, b))

    def times(self, r: int, a: U64) -> U64:
        return a * np.uint64(r)

    def plus(self, a: U64, b: U64) -> U64:
        return a + b

    def minus(self, a: U64, b: U64) -> U64:
        return a - b


FIELD, WORDS = Field(), Words()


def single(value: int) -> U64:
    """One element as a vector."""
    return np.array([value % WORD], np.uint64)


def drawn(stream: DealtStream, count: int) -> U64:
    """The stream's next uint64 [count]."""
    return stream.draw(2 * count, 32).view(np.uint64)
