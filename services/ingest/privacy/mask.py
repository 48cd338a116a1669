"""Privacy masks: parts of a camera's picture that are destroyed before anything is published.

What lies within an outline becomes black: luma 0, no colour, which is 0, 0, 0 as RGB. So does a margin round it:
scaling mixes each pixel with others up to two pixels of the result away, in colour up to four. A picture of another
shape than the one that the outlines were drawn on shows other things at their places, and becomes no frame.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from services.ingest.errors import MaskUnfit
from services.site.outline import Point, edges
from services.site.records import PictureRegions

BLOCK_PX = 2
"""A pixel of colour stands for so many of luma, across and down."""
MARGIN_PX = 4.0
NO_COLOUR = 128
SHAPE_TOLERANCE = 0.02
"""Of the sides' ratio, beside what even sides make of it."""
MAX_SIZES = 8
"""Sizes of pictures whose masks are remembered; then all are forgotten."""

Blocks = NDArray[np.bool_]


class Mask:
    """One camera's. Without regions, or without masks among them, nothing is destroyed."""

    def __init__(self, regions: PictureRegions | None) -> None:
        self._regions = regions
        self._blocks: dict[tuple[int, int], Blocks] = {}

    def destroy(self, width: int, height: int, data: bytearray) -> None:
        """Blacken the masked parts of an I420 picture in place.

        Args:
            width, height: even. data: width * height * 3 // 2 bytes.

        Raises:
            MaskUnfit: the picture has another shape than the one that the outlines were drawn on.
        """
        if self._regions is None:
            return
        self._check_shape(self._regions, width, height)
        if not self._regions.masks:
            return
        blocks = self._blocks_of(width, height)
        planes = np.frombuffer(data, np.uint8)
        luma, colours = planes[: width * height], planes[width * height :]
        luma.reshape(height, width)[blocks.repeat(BLOCK_PX, 0).repeat(BLOCK_PX, 1)] = 0
        colours.reshape(2, height // BLOCK_PX, width // BLOCK_PX)[:, blocks] = NO_COLOUR

    def _check_shape(self, regions: PictureRegions, width: int, height: int) -> None:
        ratio = width * regions.height / (height * regions.width)
        if abs(math.log(ratio)) > SHAPE_TOLERANCE + 2 / min(width, height):
            raise MaskUnfit(width, height)

    def _blocks_of(self, width: int, height: int) -> Blocks:
        found = self._blocks.get((width, height))
        if found is None:
            if len(self._blocks) >= MAX_SIZES:
                self._blocks.clear()
            found = np.zeros((height // BLOCK_PX, width // BLOCK_PX), np.bool_)
            for corners in self._regions.masks if self._regions else ():
                found |= covered(corners, width, height)
            self._blocks[width, height] = found
        return found


def covered(corners: tuple[Point, ...], width: int, height: int) -> Blocks:
    """The blocks of a picture that an outline, widened by MARGIN_PX, touches; [height / 2, width / 2]."""
    y, x = np.mgrid[1:height:BLOCK_PX, 1:width:BLOCK_PX].astype(np.float64)  # the blocks' middles
    inside = np.zeros(x.shape, np.bool_)
    reach = MARGIN_PX + math.hypot(1, 1)
    near = np.zeros(x.shape, np.bool_)
    # To a millionth of a pixel: what lies nearer would be divided by.
    placed = tuple((round(across * width, 6), round(down * height, 6)) for across, down in corners)
    for a, b in edges(placed):
        near |= _distance(x, y, a, b) <= reach
        if a[1] != b[1]:
            crossing = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            inside ^= ((a[1] > y) != (b[1] > y)) & (x < crossing)
    return inside | near


def _distance(
    x: NDArray[np.float64], y: NDArray[np.float64], a: tuple[float, float], b: tuple[float, float]
) -> NDArray[np.float64]:
    """From each point to the line between a and b."""
    along = (b[0] - a[0], b[1] - a[1])
    length = along[0] ** 2 + along[1] ** 2
    part = np.clip(((x - a[0]) * along[0] + (y - a[1]) * along[1]) / length, 0.0, 1.0) if length else np.zeros_like(x)
    found: NDArray[np.float64] = np.hypot(x - a[0] - part * along[0], y - a[1] - part * along[1])
    return found
