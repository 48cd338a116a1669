"""Convolution mod 2^k of two arrays of full ring elements: neither the masked weights nor the masked values are small.

In doubles, exactly: weights are cut into limbs so short that a sum of fan-in products stays below 2^53.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.steps import Conv
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32

EXACT_BITS = 53


@dataclass(frozen=True)
class RingWeights:
    """One convolution's weights mod 2^ring_bits as limbs: float64 [groups, limbs * M / groups, fan-in]."""

    limbs: NDArray[np.float64]
    limb_bits: int

    @classmethod
    def of(cls, step: Conv, weights: U32) -> RingWeights:
        """weights: uint32 [M, C / groups, kh, kw] below 2^ring_bits."""
        fan_in = math.prod(weights.shape[1:])
        bits = min(step.ring_bits, EXACT_BITS - step.ring_bits - math.ceil(math.log2(fan_in)))
        count = -(-step.ring_bits // bits)
        rows = weights.reshape(step.groups, -1, fan_in)
        limb_mask = np.uint32((1 << bits) - 1)
        limbs = [(rows >> np.uint32(at * bits)) & limb_mask for at in range(count)]
        return cls(np.concatenate(limbs, axis=1).astype(np.float64), bits)


def columns(step: Conv, x: U32) -> NDArray[np.float64]:
    """What the convolution's windows see, float64 [groups, fan-in, OH OW], of uint32 [C, H, W], zero padded."""
    (kh, kw), (sh, sw), (ph, pw) = step.kernel, step.stride, step.padding
    padded = np.pad(x.astype(np.float64), ((0, 0), (ph, ph), (pw, pw)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
    lines = views.transpose(0, 3, 4, 1, 2).reshape(step.groups, -1, views.shape[1] * views.shape[2])
    return np.ascontiguousarray(lines)


def convolved(step: Conv, weights: RingWeights, x: U32) -> U32:
    """W * x mod 2^ring_bits, uint32 [N, M, OH OW], of uint32 [N, C, H, W]."""
    return np.stack([_one(step, weights, image) for image in reduce(x, step.ring_bits)])


def _one(step: Conv, weights: RingWeights, x: U32) -> U32:
    sums = weights.limbs @ columns(step, x)
    parts = np.split(sums.astype(np.int64).astype(np.uint32), sums.shape[1] * step.groups // step.out_channels, axis=1)
    total = parts[0]
    for at, part in enumerate(parts[1:], start=1):
        total += part << np.uint32(at * weights.limb_bits)
    return reduce(total.reshape(step.out_channels, -1), step.ring_bits)
