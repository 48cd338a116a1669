"""Convolutions mod 2^64 of values that stand for themselves, not for their residues: in doubles, exactly, by limbs.

``gradient`` gives, for weights chi of the outputs, what the sum of chi W x is linear in W by: the convolution's
gradient."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from snni.model.steps import Conv
from snni.multiparty.product import EXACT_BITS, columns
from snni.multiparty.prove.algebra import U64

WORD_BITS = 64


def exact(step: Conv, weights: U64, x: U64, weight_bits: int, x_bits: int) -> U64:
    """W x mod 2^64, uint64 [N, M, OH OW]. weights: [M, C / groups, kh, kw] below 2^weight_bits; x: [N, C, H, W] below
    2^x_bits."""
    fan_in = math.prod(weights.shape[1:])
    limb = EXACT_BITS - x_bits - (fan_in - 1).bit_length()
    rows = weights.reshape(step.groups, -1, fan_in)
    images, seen = len(x), columns(step, x)
    total = np.zeros((step.groups, rows.shape[1], seen.shape[2]), np.uint64)
    for at in range(0, weight_bits, limb):
        total += (_limb(rows, at, limb) @ seen).astype(np.int64).astype(np.uint64) << np.uint64(at)
    return np.ascontiguousarray(total.reshape(step.out_channels, images, -1).transpose(1, 0, 2))


def gradient(step: Conv, chi: U64, x: U64, x_bits: int) -> U64:
    """Of the sum of chi W x in W, mod 2^64: uint64 [M, C / groups, kh, kw]. chi: uint64 [N, M, OH OW]."""
    seen = columns(step, x)  # [groups, fan-in, N OH OW]
    along = chi.transpose(1, 0, 2).reshape(step.groups, -1, seen.shape[2])
    limb = EXACT_BITS - x_bits - (seen.shape[2] - 1).bit_length()
    total = np.zeros((*along.shape[:2], seen.shape[1]), np.uint64)
    turned = seen.transpose(0, 2, 1)
    for at in range(0, WORD_BITS, limb):
        total += (_limb(along, at, limb) @ turned).astype(np.int64).astype(np.uint64) << np.uint64(at)
    return total.reshape(step.out_channels, -1, *step.kernel)


def _limb(values: U64, at: int, bits: int) -> NDArray[np.float64]:
    return ((values >> np.uint64(at)) & np.uint64((1 << bits) - 1)).astype(np.float64)
