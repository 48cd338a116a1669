"""The decoder of a camera's video: one thread, bounded pictures, none held back for their order."""

from __future__ import annotations

import av
from av.codec.context import Flags

MAX_PIXELS = 4096 * 3072
"""Of a picture: bounds what a stream's parameters make the decoder allocate."""


def decoder(codec: str, extradata: bytes | None = None) -> av.VideoCodecContext:
    """codec: libavcodec's name. A picture comes out when its packet goes in."""
    made = av.VideoCodecContext.create(codec, "r")
    made.extradata = extradata
    made.thread_count = 1
    made.flags |= Flags.low_delay
    made.options = {"max_pixels": str(MAX_PIXELS)}
    return made


def pictures(context: av.VideoCodecContext, packet: av.Packet) -> list[av.VideoFrame] | None:
    """What the packet gave; None where it is broken: packets get lost."""
    try:
        return [picture for picture in context.decode(packet) if isinstance(picture, av.VideoFrame)]
    except (av.FFmpegError, ValueError, MemoryError):
        return None
