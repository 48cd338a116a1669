"""A decoded picture as the bus carries it: I420, even sides, the long side at most 640 px."""

from __future__ import annotations

from dataclasses import dataclass, field

import av

from services.bus.messages import frame_length
from services.bus.models import MAX_LONG_SIDE_PX, MIN_SIDE_PX
from services.ingest.errors import FrameError


@dataclass(frozen=True)
class Picture:
    """data: I420, width * height * 3 // 2 bytes, rows first: Y, then U, then V at half size."""

    width: int
    height: int
    data: bytes = field(repr=False)


def target_size(width: int, height: int, limit_px: int = MAX_LONG_SIDE_PX) -> tuple[int, int]:
    """Even sides with the same proportions, the long one at most limit_px; never larger than the source.

    Raises:
        FrameError: a side would come out below 16 px.
    """
    long_side = max(width, height)
    scale = min(1.0, limit_px / long_side) if long_side > 0 else 0.0
    sides = (int(width * scale + 1e-9) & ~1, int(height * scale + 1e-9) & ~1)
    if min(sides) < MIN_SIDE_PX:
        raise FrameError(width, height, "too small, or too narrow")
    return sides


def to_picture(frame: av.VideoFrame, limit_px: int = MAX_LONG_SIDE_PX) -> Picture:
    """Scale and convert a decoded frame. Raises FrameError."""
    width, height = target_size(frame.width, frame.height, limit_px)
    small = frame.reformat(width=width, height=height, format="yuv420p")
    data = b"".join(_packed(plane) for plane in small.planes)
    if len(data) != frame_length(width, height):
        raise FrameError(width, height, "the planes have an unexpected layout")
    return Picture(width, height, data)


def _packed(plane: av.VideoPlane) -> bytes:
    """The plane's pixels without the padding at the end of its rows."""
    pixels = memoryview(plane)
    if plane.line_size == plane.width:
        return bytes(pixels[: plane.width * plane.height])
    starts = range(0, plane.line_size * plane.height, plane.line_size)
    return b"".join(pixels[start : start + plane.width] for start in starts)
