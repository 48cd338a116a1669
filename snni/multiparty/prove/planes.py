"""Planes: one bit of each of n values, packed; relations between bits of which every server has its part.

A plane is uint8 [ceil(n / 8)], bit i of little-endian bytes the i-th value's. Every server writes a statement down by
the same code, over what it *knows*: the dealer both evaluators' parts, an evaluator its own. What is shared by XOR is
the XOR over the known parts: the bit itself at who deals, a share at an evaluator. What one evaluator alone has
(``alone``) is zero at the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce as over
from typing import TypeVar

import numpy as np

from snni.multiparty import _field
from snni.multiparty.roles import Role
from snni.wire.packing import U8, U32

Part = TypeVar("Part")
Known = Mapping[Role, Part]
"""Parts by the evaluator that has them: both at who deals, its own at an evaluator."""


def planes(words: U32, bits: int) -> list[U8]:
    """The lowest ``bits`` bits of uint32 [n], a plane each."""
    return list(_field.planes(words, bits))


def plane(values: U32) -> U8:
    """Of uint32 [n] in {0, 1}."""
    return np.packbits(values.astype(np.uint8), bitorder="little")


def xored(known: Known[Sequence[U8]]) -> list[U8]:
    """Planes shared by XOR."""
    return [over(np.bitwise_xor, parts) for parts in zip(*known.values(), strict=True)]


def alone(known: Known[Sequence[U8]], role: Role, like: Sequence[U8]) -> list[U8]:
    """Planes that one evaluator alone has, by the others too: zero where they are not known."""
    return list(known[role]) if role in known else [np.zeros_like(one) for one in like]


@dataclass(frozen=True)
class Group:
    """sum of a b over pairs of planes = z, for each of n values. pairs: where one side's share of all is zero, None."""

    pairs: tuple[tuple[U8 | None, U8 | None], ...]
    z: U8


@dataclass
class Relations:
    """What holds of n values' bits. one: the plane of ones at who adds constants, of zeros at the other."""

    n: int
    known: frozenset[Role]
    groups: list[Group] = field(default_factory=list)

    @property
    def one(self) -> U8:
        return plane(np.full(self.n, int(Role.FIRST in self.known), np.uint32))

    @property
    def zero(self) -> U8:
        return np.zeros((self.n + 7) // 8, np.uint8)

    def product(self, a: U8, b: U8, z: U8) -> None:
        """z = a AND b."""
        self.groups.append(Group(((a, b),), z))

    def zeros(self, each: Iterable[U8]) -> None:
        """Of planes that must be zero."""
        self.groups.extend(Group((), one) for one in each)

    def sum_of(self, first: Sequence[U8], second: Sequence[U8], total: Sequence[U8]) -> None:
        """first + second = total mod 2^len(total), first and second by bits, lowest first.

        With carries u_j = total_j + first_j + second_j: (u_j + first_j)(u_j + second_j) = u_j + u_(j+1), u_0 = 0.
        """
        carries = [x ^ y ^ z for x, y, z in zip(first, second, total, strict=True)]
        self.zeros(carries[:1])
        for at, (carry, following) in enumerate(itertools.pairwise(carries)):
            self.product(carry ^ first[at], carry ^ second[at], carry ^ following)
