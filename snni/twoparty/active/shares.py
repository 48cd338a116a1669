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
    """One party's part of n bits: its own bits uint8 [n], their codes [n, 2], and the keys [n, 2] of the other's."""

    bits: U8
    codes: Blocks
    keys: Blocks

    def __len__(self) -> int:
        return len(self.bits)

    def __xor__(self, other: Shares) -> Shares:
        return Shares(self.bits ^ other.bits, self.codes ^ other.codes, self.keys ^ other.keys)

    def __getitem__(self, at: slice | NDArray[np.generic]) -> Shares:
        return Shares(self.bits[at], self.codes[at], self.keys[at])

    def times(self, public: U8) -> Shares:
        """Where the public bits [n] are 1, else shares of 0."""
        return Shares(self.bits & public, where(public, self.codes), where(public, self.keys))


def joined(parts: Sequence[Shares]) -> Shares:
    """One after the other."""
    return Shares(
        np.concatenate([part.bits for part in parts]),
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.keys for part in parts]),
    )


def zeros(n: int) -> Shares:
    """Of n bits 0, without a message: all is 0."""
    return Shares(np.zeros(n, np.uint8), np.zeros((n, 2), np.uint64), np.zeros((n, 2), np.uint64))
