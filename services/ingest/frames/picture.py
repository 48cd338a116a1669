"""A decoded picture as the bus carries it: upright I420 of square pixels, even sides, the long side at most 640 px."""

from __future__ import annotations

from dataclasses import dataclass, field

import av

from services.bus.models import MAX_LONG_SIDE_PX, MIN_SIDE_PX, frame_length
from services.ingest.errors import FrameError
from services.ingest.privacy.mask import Mask
from video.display import displayed
from video.errors import UndisplayablePicture


@dataclass(frozen=True)
class Picture:
    """data: I420, width * height * 3 // 2 bytes, rows first: Y, then U, then V at half size."""

    width: int
    height: int
    data: bytes = field(repr=False)


def to_picture(frame: av.VideoFrame, mask: Mask, limit_px: int = MAX_LONG_SIDE_PX) -> Picture:
    """A decoded picture as it is meant to be seen, never larger than that, without what the camera's mask destroys.

    Raises:
        FrameError: it cannot be converted, or a side would come out below 16 px.
        MaskUnfit: its shape is not the mask's.
    """
    try:
        small = displayed(frame, limit_px)
    except UndisplayablePicture as error:
        raise FrameError(frame.width, frame.height, error.reason) from None
    if min(small.width, small.height) < MIN_SIDE_PX:
        raise FrameError(frame.width, frame.height, "too small, or too narrow")
    data = bytearray().join(_packed(plane) for plane in small.planes)
    if len(data) != frame_length(small.width, small.height):
        raise FrameError(frame.width, frame.height, "the planes have an unexpected layout")
    mask.destroy(small.width, small.height, data)
    return Picture(small.width, small.height, bytes(data))


def _packed(plane: av.VideoPlane) -> bytes:
    """The plane's pixels without the padding at the end of its rows."""
    pixels = memoryview(plane)
    if plane.line_size == plane.width:
        return bytes(pixels[: plane.width * plane.height])
    starts = range(0, plane.line_size * plane.height, plane.line_size)
    return b"".join(pixels[start : start + plane.width] for start in starts)
