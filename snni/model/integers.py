"""Integers that stand for ring elements, and the convolution over them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from snni.model.steps import Conv, MaxPool, SumPool

Integers = NDArray[np.int64]


def centred(x: Integers, bits: int) -> Integers:
    """Representatives in [-2^(bits-1), 2^(bits-1)) of x mod 2^bits."""
    half = 1 << (bits - 1)
    return ((x + half) & ((1 << bits) - 1)) - half


def outside(x: Integers, bits: int) -> int:
    """How many of x are not in [-2^(bits-1), 2^(bits-1))."""
    return int(np.count_nonzero(x != centred(x, bits)))


def views(step: Conv | MaxPool | SumPool, x: Integers, size: tuple[int, ...], fill: int) -> Iterator[Integers]:
    """For every position of the window, the values under it: [C, OH, OW] each, ``fill`` where there is padding."""
    (kh, kw), (sh, sw), (ph, pw) = step.kernel, step.stride, step.padding
    oh, ow = size[1:]
    below = max(0, (oh - 1) * sh + kh - ph - x.shape[1])
    right = max(0, (ow - 1) * sw + kw - pw - x.shape[2])
    padded = np.pad(x, ((0, 0), (ph, below), (pw, right)), constant_values=fill)
    for dy in range(kh):
        for dx in range(kw):
            yield padded[:, dy : dy + (oh - 1) * sh + 1 : sh, dx : dx + (ow - 1) * sw + 1 : sw]


def convolved(step: Conv, x: Integers, weight: NDArray[np.int8], size: tuple[int, ...]) -> Integers:
    """W * x over the integers, [M, OH, OW]. In float64, exact: |sum| <= 2^19 fan-in * 2^7 * 2^25 < 2^53."""
    columns = np.stack(list(views(step, x, size, 0)), axis=1).astype(np.float64)
    rows = weight.reshape(step.groups, step.out_channels // step.groups, -1).astype(np.float64)
    product = rows @ columns.reshape(step.groups, rows.shape[2], -1)
    return product.astype(np.int64).reshape(size)
