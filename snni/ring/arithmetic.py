"""Values of Z_2^k, 1 <= k <= 32, as uint32 in [0, 2^k), and what keeps a sum of components a sum: linear maps.

A component is a share, a mask or a masked value, of the shape of the value it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snni.errors import ParameterError
from snni.wire.packing import U32


def ring_mask(bits: int) -> np.uint32:
    """2^bits - 1."""
    if not 1 <= bits <= 32:
        raise ParameterError(f"ring of {bits} bits")
    return np.uint32((1 << bits) - 1)


def reduce(share: U32, bits: int) -> U32:
    """Into a smaller ring; exact."""
    reduced: U32 = share & ring_mask(bits)
    return reduced


def add(shares: Sequence[U32], left_shifts: Sequence[int], bits: int) -> U32:
    """Sum of 2^l_i times each share, in Z_2^bits."""
    total = np.zeros_like(shares[0])
    for share, left in zip(shares, left_shifts, strict=True):
        total += share << np.uint32(left)
    return reduce(total, bits)


def concat(shares: Sequence[U32], left_shifts: Sequence[int], bits: int) -> U32:
    """2^l_i times each share, one after another along channels, in Z_2^bits."""
    scaled = [share << np.uint32(left) for share, left in zip(shares, left_shifts, strict=True)]
    return reduce(np.concatenate(scaled, axis=0), bits)


def sum_pool(share: U32, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int], bits: int) -> U32:
    """Window sums of [C, H, W] in Z_2^bits, zero padding. Down columns first: windows side by side share these sums."""
    padded = np.pad(share, ((0, 0), *((each, each) for each in padding))) if any(padding) else share
    columns = _sum([padded[:, places] for places in _places(padded.shape[1], kernel[0], stride[0])])
    return reduce(_sum([columns[:, :, places] for places in _places(columns.shape[2], kernel[1], stride[1])]), bits)


def _places(length: int, size: int, stride: int) -> list[slice]:
    """Where every window's first place is, where its second, and so on."""
    return [slice(at, length - size + at + 1, stride) for at in range(size)]


def _sum(parts: list[U32]) -> U32:
    total = parts[0].copy()
    for part in parts[1:]:
        total += part
    return total
