"""Pictures that libvpx coded, as they come out of assembly; each is known by its brightness."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from services.ingest.sources.webrtc.video.assembly import Coded
from services.ingest.sources.webrtc.video.decoding import CLOCK_HZ

FPS = 15


def coded(count: int, keys: tuple[int, ...] = (0,)) -> list[Coded]:
    """Pictures of which number n has the brightness 2 n."""
    coder = av.VideoCodecContext.create("libvpx", "w")
    coder.width, coder.height, coder.pix_fmt = 64, 48, "yuv420p"
    coder.time_base, coder.gop_size = Fraction(1, FPS), 10_000
    coder.options = {"deadline": "realtime", "lag-in-frames": "0", "auto-alt-ref": "0"}
    found = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((72, 64), 2 * number, np.uint8), format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        if number in keys:
            frame.pict_type = av.video.frame.PictureType.I
        (packet,) = coder.encode(frame)
        at = number / FPS
        found.append(Coded(bytes(packet), number * CLOCK_HZ // FPS, at, at + 0.01, bool(packet.is_keyframe), False))
    assert [one.key for one in found] == [number in keys for number in range(count)]
    return found
