"""The parts of a picture that are looked at one by one, so that a small face in a large picture is not shrunk away."""

from __future__ import annotations

WINDOW_PX = 640
"""Long side of a camera's frame on the bus: in it BlazeFace finds faces of 30 to 40 pixels."""
OVERLAP_PX = 160
"""Of neighbouring windows at least: a face of that size is whole in one of them; larger ones are found in the whole."""

Window = tuple[slice, slice]


def windows(height: int, width: int) -> list[Window]:
    """The whole picture, rows and columns, and where a side is longer than WINDOW_PX also windows that cover it."""
    whole = (slice(0, height), slice(0, width))
    if max(height, width) <= WINDOW_PX:
        return [whole]
    return [whole, *((rows, columns) for rows in _parts(height) for columns in _parts(width))]


def _parts(side: int) -> list[slice]:
    """Of a side, evenly spread."""
    if side <= WINDOW_PX:
        return [slice(0, side)]
    count = -(-(side - OVERLAP_PX) // (WINDOW_PX - OVERLAP_PX))
    return [slice(first, first + WINDOW_PX) for first in (i * (side - WINDOW_PX) // (count - 1) for i in range(count))]
