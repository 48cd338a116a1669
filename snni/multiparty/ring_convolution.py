"""Convolution mod 2^k of two arrays of full ring elements: neither the masked weights nor the masked values are small.

In doubles, exactly: weights are cut into limbs so short that a sum of fan-in products stays below 2^53.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.steps import Conv
from snni.multiparty import _ring_convolution
from snni.wire.packing import U32

EXACT_BITS = 53
AT_ONCE = 1 << 20
"""Most values of columns that are multiplied at once, if there is more than one image."""


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


def columns(step: Conv, x: U32 | NDArray[np.uint64], bits: int = EXACT_BITS) -> NDArray[np.float64]:
    """What the convolution's windows see, float64 [groups, fan-in, N OH OW], of the lowest bits of [N, C, H, W], zero
    padded."""
    shape = step.kernel, step.stride, step.padding
    if x.dtype == np.uint32:
        seen = _ring_convolution.windows(np.ascontiguousarray(x, np.uint32), *shape, min(bits, 32))
    else:
        seen = _ring_convolution.wide_windows(np.ascontiguousarray(x, np.uint64), *shape, bits)
    return seen.reshape(step.groups, -1, seen.shape[1])


def convolved(step: Conv, weights: RingWeights, x: U32) -> U32:
    """W * x mod 2^ring_bits, uint32 [N, M, OH OW], of uint32 [N, C, H, W]."""
    each = max(1, AT_ONCE // (math.prod(step.kernel) * math.prod(x.shape[1:])))
    parts = [_convolved(step, weights, x[at : at + each]) for at in range(0, len(x), each)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _convolved(step: Conv, weights: RingWeights, x: U32) -> U32:
    """Of so few images that their columns fit where they are read from again."""
    sums = weights.limbs @ columns(step, x, step.ring_bits)
    limbs = sums.shape[1] * step.groups // step.out_channels
    return _ring_convolution.joined(sums, limbs, weights.limb_bits, len(x), step.ring_bits)
