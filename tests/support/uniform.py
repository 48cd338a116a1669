"""Are columns of what a party held uniform, each and any two together? The chance of a false alarm is stated.

A column of n values below 2^bits is cut into pieces of at most two bits; n counts of a joint cell of two pieces that
should have chance p lie within sqrt(n ln(2 / a) / 2) of n p but with chance a (Hoeffding, 1963, theorem 1). With a =
2^-64 for a cell, a million cells raise a false alarm with a chance below 2^-44.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

CELL_ALARM = 2.0**-64


def pieces(column: NDArray[np.uint32], bits: int) -> list[tuple[NDArray[np.uint32], int]]:
    """(values, bits of them) of the lowest, middle and highest one or two bits."""
    width = min(2, bits)
    starts = sorted({0, (bits - width) // 2, bits - width})
    return [((column >> np.uint32(start)) & np.uint32((1 << width) - 1), width) for start in starts]


def unevenness(columns: Sequence[tuple[str, NDArray[np.uint32], int]]) -> list[str]:
    """Pairs of columns (name, uint32 [n], bits) that are not jointly uniform, by name. All of one length n."""
    cut = [(name, piece, width) for name, column, bits in columns for piece, width in pieces(column.reshape(-1), bits)]
    found = []
    for (one, a, wide), (other, b, narrow) in combinations(cut, 2):
        if one == other:
            continue
        counts = np.bincount(a + (b << np.uint32(wide)), minlength=1 << (wide + narrow))
        slack = math.sqrt(a.size * math.log(2 / CELL_ALARM) / 2)
        if np.abs(counts - a.size / counts.size).max() > slack:
            found.append(f"{one} with {other}")
    for name, piece, width in cut:
        counts = np.bincount(piece, minlength=1 << width)
        if np.abs(counts - piece.size / counts.size).max() > math.sqrt(piece.size * math.log(2 / CELL_ALARM) / 2):
            found.append(name)
    return found
