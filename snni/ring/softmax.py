"""What each party does by itself in the approximate softmax of a video's frames (`snni.model.video_label`).

A sum T is brought to [2^(B-1), 2^B), and other values v along with it, by a power of two that nobody learns. With
b_i = 1{T >= 2^i}, i = 0 .. B - 1, of which the first so many are 1 as T has bits,
  v 2^(B - length of T) = b_0 v 2^(B-1) - sum over i >= 1 of b_i v 2^(B-1-i)   (mod 2^32),
so B comparisons of every T, each a gate that carries v in its further lanes, and local sums. Also 1{T >= 1}.
Components of values are uint32 mod 2^32; `public` marks the one of two to which constants are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.wire.packing import U32


@dataclass(frozen=True)
class Powers:
    """n sums below 2^sum_bits, with ``carried`` values each that are brought along, the sum itself being one."""

    n: int
    sum_bits: int
    carried: int

    @property
    def lanes(self) -> int:
        """Of the gate: the comparison's own value, those carried, and a one."""
        return self.carried + 2

    def operands(self, values: U32, public: bool) -> U32:
        """The gate's payload of one component of values uint32 [carried, n], the sums first."""
        each = np.repeat(values[:, None, :], self.sum_bits, axis=1)
        powers = np.left_shift(np.uint32(1), np.arange(self.sum_bits, dtype=np.uint32))[:, None]
        compared = each[0] - powers if public else each[0]
        ones = np.full_like(compared, 1 if public else 0)
        return np.concatenate([compared[None], each, ones[None]]).reshape(-1)

    def results(self, out: U32) -> tuple[U32, U32]:
        """(values brought along [carried, n], 1{T >= 1} [n]) of one component of the gate's results."""
        lanes = out.reshape(self.lanes, self.sum_bits, self.n)
        weights = self._weights()[None, :, None]
        along: U32 = (lanes[1:-1] * weights).sum(axis=1, dtype=np.uint32)
        return along, lanes[-1, 0]

    def _weights(self) -> NDArray[np.uint32]:
        powers = np.left_shift(np.uint32(1), np.arange(self.sum_bits - 1, -1, -1, dtype=np.uint32))
        weights: NDArray[np.uint32] = np.uint32(0) - powers
        weights[0] = powers[0]
        return weights


def with_sums(values: U32) -> U32:
    """One component of values uint32 [C, n] under their sums, uint32 [1 + C, n]."""
    return np.concatenate([values.sum(axis=0, dtype=np.uint32)[None], values])


def summed(products: U32, some: U32, equal_share: int, public: bool) -> U32:
    """One component of products uint32 [C, n] summed over frames, uint32 [C].

    some: 1{T >= 1} [n]. equal_share: added to each class for each frame whose scores are all negative.
    """
    none = (np.uint32(1) - some if public else np.uint32(0) - some) * np.uint32(equal_share)
    totals: U32 = products.sum(axis=1, dtype=np.uint32) + none.sum(dtype=np.uint32)
    return totals
