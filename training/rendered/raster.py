"""Triangles to pixels: which one is seen at each, and where in it. A z-buffer in numpy, all triangles at once.

Triangles of a face are a pixel or two large, so that their bounding boxes hold few pixels: every triangle is tried on a
square of SMALL pixels from its corner, the few larger ones on larger squares. Centres of pixels are at halves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
SIZES = (2, 3, 5, 9, 17, 33, 65, 129, 257, 513)
"""Sides of the squares that triangles are tried on, pixels."""
EMPTY = -1


@dataclass(frozen=True)
class Fragments:
    """What is seen. pixels: int32 [n], row * width + column. triangle: int32 [n]. weights: float32 [n, 3], of its
    corners, perspective undone. depth: float32 [n], along the view, cm."""

    pixels: Ints
    triangle: Ints
    weights: Floats
    depth: Floats


def rasterise(screen: Floats, depth: Floats, triangles: Ints, size: tuple[int, int]) -> Fragments:
    """The nearest triangle at each pixel that any covers.

    Args:
        screen: float32 [V, 2], x and y in pixels. depth: float32 [V], above 0.
        triangles: int32 [T, 3]; those turned away (clockwise on the screen, y down) are not seen.
        size: (height, width).
    """
    corners = screen[triangles]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.floor(corners.min(1) - 0.5).astype(np.int32) + 1
    low = np.maximum(low, 0)
    high = np.minimum(np.floor(corners.max(1) - 0.5).astype(np.int32), (size[1] - 1, size[0] - 1))
    reach = (high - low).max(1) + 1
    seen = (area < -1e-9) & (high >= low).all(1)
    parts = []
    before = 0
    for side in SIZES:
        chosen = np.flatnonzero(seen & (reach > before) & (reach <= side))
        before = side
        if len(chosen):
            parts.append(_covered(chosen, side, corners[chosen], area[chosen], low[chosen], size))
    if not parts:
        nothing = np.zeros(0, np.int32)
        return Fragments(nothing, nothing, np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    pixels, triangle, weights = (np.concatenate(one) for one in zip(*parts, strict=True))
    return _nearest(pixels, triangle, weights, depth[triangles])


def _covered(
    chosen: NDArray[np.intp], side: int, corners: Floats, area: Floats, low: Ints, size: tuple[int, int]
) -> tuple[Ints, Ints, Floats]:
    """Pixels of triangles on squares of `side`: their numbers, the triangles, the corners' weights on the screen."""
    steps = np.arange(side, dtype=np.int32)
    offsets = np.stack(np.meshgrid(steps, steps, indexing="xy"), -1).reshape(-1, 2)
    places = low[:, None, :] + offsets[None]
    at = places + np.float32(0.5)
    a, b, c = (corners[:, None, corner] for corner in range(3))
    over = 1 / area[:, None]
    first = (
        (b[..., 0] - at[..., 0]) * (c[..., 1] - at[..., 1]) - (b[..., 1] - at[..., 1]) * (c[..., 0] - at[..., 0])
    ) * over
    second = (
        (c[..., 0] - at[..., 0]) * (a[..., 1] - at[..., 1]) - (c[..., 1] - at[..., 1]) * (a[..., 0] - at[..., 0])
    ) * over
    third = 1 - first - second
    inside = (first >= 0) & (second >= 0) & (third >= 0) & (places[..., 0] < size[1]) & (places[..., 1] < size[0])
    row, column = np.nonzero(inside)
    where = places[row, column]
    weights = np.stack([first[row, column], second[row, column], third[row, column]], -1)
    return (where[:, 1] * size[1] + where[:, 0]).astype(np.int32), chosen[row].astype(np.int32), weights


def _cross(one: Floats, other: Floats) -> Floats:
    """Twice the area between vectors of the plane."""
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])


def _nearest(pixels: Ints, triangle: Ints, weights: Floats, corner_depth: Floats) -> Fragments:
    """The nearest of each pixel's; weights made those of space, where what is linear is linear (perspective)."""
    inverse = weights / corner_depth[triangle]
    total = inverse.sum(1)
    depth = 1 / total
    order = np.lexsort((triangle, depth, pixels))
    first = np.flatnonzero(np.diff(pixels[order], prepend=EMPTY))
    kept = order[first]
    true = (inverse[kept] / total[kept, None]).astype(np.float32)
    return Fragments(pixels[kept], triangle[kept], true, depth[kept].astype(np.float32))
