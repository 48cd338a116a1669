"""Convolutions mod 2^64 of values that stand for themselves, not for their residues: in doubles, exactly, by limbs.

Of outputs weighted by alpha for their channel and beta for their place the sum is an inner product of ``weighed`` and
``seen``: alpha^T (W x) beta = (alpha^T W) (x beta) (Freivalds, 1977, from both sides), each linear in what it is of."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from snni.model.steps import Conv
from snni.multiparty.prove.algebra import U64
from snni.multiparty.ring_convolution import EXACT_BITS, columns


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


def weighed(step: Conv, alpha: U64, weights: U64) -> U64:
    """Sum over output channels of alpha W mod 2^64, uint64 [groups fan-in]. alpha: uint64 [M]."""
    rows = weights.reshape(step.groups, -1, math.prod(weights.shape[1:]))
    sums: U64 = np.einsum("gm,gmf->gf", alpha.reshape(step.groups, -1), rows)
    return sums.reshape(-1)


def seen(step: Conv, beta: U64, x: U64) -> U64:
    """Sum over images and places of beta times what each weight meets of x there, mod 2^64: uint64 [groups fan-in].

    beta: uint64 [N, OH OW]; x: [N, C, H, W].
    """
    (kh, kw), (sh, sw), (ph, pw) = step.kernel, step.stride, step.padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))) if ph or pw else x
    views = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    each = beta.reshape(len(x), *views.shape[2:4])
    sums = np.empty((x.shape[1], kh, kw), np.uint64)
    for at in np.ndindex(kh, kw):
        sums[:, *at] = np.einsum("nchw,nhw->c", views[..., *at], each)
    return sums.reshape(-1)


def _limb(values: U64, at: int, bits: int) -> NDArray[np.float64]:
    return ((values >> np.uint64(at)) & np.uint64((1 << bits) - 1)).astype(np.float64)
