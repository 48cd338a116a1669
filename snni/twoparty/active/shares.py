"""Authenticated bits: x = a XOR b, a the client's, b the server's, each under the other party's key.

TinyOT (Nielsen, Nordholt, Orlandi, Burra, CRYPTO 2012), section 2: who holds a bit has its code M, the other one the
key K and its own Delta, M = K XOR bit Delta. Codes are linear, so parties XOR shared bits by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.twoparty.active.blocks import Blocks, where
from snni.wire.packing import U8


@dataclass(frozen=True, repr=False)
class Shares:
    """One party's part of bits of any shape: its own bits uint8 [...], their codes [..., 2], the keys [..., 2] of the
    other's."""

    bits: U8
    codes: Blocks
    keys: Blocks

    def __len__(self) -> int:
        return len(self.bits)

    def __xor__(self, other: Shares) -> Shares:
        return Shares(self.bits ^ other.bits, self.codes ^ other.codes, self.keys ^ other.keys)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.bits.shape

    def reshape(self, *shape: int) -> Shares:
        return Shares(self.bits.reshape(shape), self.codes.reshape(*shape, 2), self.keys.reshape(*shape, 2))

    def over(self, shape: tuple[int, ...]) -> Shares:
        """The same bits in more places, as numpy broadcasts."""
        spread = np.broadcast_to(self.codes, (*shape, 2)), np.broadcast_to(self.keys, (*shape, 2))
        return Shares(np.broadcast_to(self.bits, shape), *spread)

    def __getitem__(self, at: int | slice | NDArray[np.generic]) -> Shares:
        return Shares(self.bits[at], self.codes[at], self.keys[at])

    def times(self, public: U8) -> Shares:
        """Where the public bits are 1, else shares of 0."""
        return Shares(self.bits & public, where(public, self.codes), where(public, self.keys))


def joined(parts: Sequence[Shares]) -> Shares:
    """One after the other."""
    return Shares(
        np.concatenate([part.bits for part in parts]),
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.keys for part in parts]),
    )


def stacked(parts: Sequence[Shares]) -> Shares:
    """Parts of one shape along a new first axis."""
    return Shares(
        np.stack([part.bits for part in parts]),
        np.stack([part.codes for part in parts]),
        np.stack([part.keys for part in parts]),
    )


def zeros(*shape: int) -> Shares:
    """Of bits 0, without a message: all is 0."""
    return Shares(np.zeros(shape, np.uint8), np.zeros((*shape, 2), np.uint64), np.zeros((*shape, 2), np.uint64))
