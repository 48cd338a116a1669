"""Short coded videos as a camera's encoder gives them: access units of NAL units, and their RTP payloads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
import numpy as np

Codec = Literal["H264", "H265"]
ENCODERS = {"H264": "libx264", "H265": "libx265"}
QUIET = {"H264": {"tune": "zerolatency"}, "H265": {"tune": "zerolatency", "x265-params": "log-level=none"}}
MTU = 1200
FU = {"H264": 28, "H265": 49}


@dataclass(frozen=True)
class Coded:
    """units: the NAL units of each picture, the first of them a key picture with its parameter sets."""

    codec: Codec
    fps: int
    units: tuple[tuple[bytes, ...], ...]

    @property
    def parameter_sets(self) -> tuple[bytes, ...]:
        """SPS and PPS, for H.265 VPS, SPS and PPS."""
        wanted = {"H264": (7, 8), "H265": (32, 33, 34)}[self.codec]
        return tuple(nal for nal in self.units[0] if nal_type(self.codec, nal) in wanted)


def encode(
    pictures: Iterator[np.ndarray], codec: Codec, fps: int = 15, key_every: int | None = None, slices: int = 1
) -> Coded:
    """Pictures, uint8 [h, w, 3], coded without pictures out of order; key_every: pictures between two key ones.

    slices: of each picture, of H.264.
    """
    context = None
    units: list[tuple[bytes, ...]] = []
    for number, picture in enumerate(pictures):
        if context is None:
            context = av.CodecContext.create(ENCODERS[codec], "w")
            context.height, context.width = picture.shape[:2]
            context.pix_fmt, context.time_base, context.framerate = "yuv420p", Fraction(1, fps), Fraction(fps)
            context.gop_size = key_every or fps
            context.options = {"preset": "ultrafast", "forced-idr": "1", **QUIET[codec]}
            if slices > 1:
                context.options |= {"x264-params": f"slices={slices}:sliced-threads=0"}
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, fps)
        units += [nals(bytes(packet)) for packet in context.encode(frame)]
    assert context is not None
    units += [nals(bytes(packet)) for packet in context.encode(None)]
    return Coded(codec, fps, tuple(units))


def nals(stream: bytes) -> tuple[bytes, ...]:
    """The NAL units of an Annex B byte stream."""
    parts = stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return tuple(part for part in parts if part)


def nal_type(codec: Codec, nal: bytes) -> int:
    """The type in the NAL unit's header."""
    return nal[0] & 0x1F if codec == "H264" else (nal[0] >> 1) & 0x3F


def payloads(codec: Codec, unit: tuple[bytes, ...]) -> list[bytes]:
    """A picture's RTP payloads: single NAL units, and fragments (RFC 6184, 5.8; RFC 7798, 4.4.3)."""
    found: list[bytes] = []
    for nal in unit:
        if len(nal) <= MTU:
            found.append(nal)
            continue
        head = 1 if codec == "H264" else 2
        parts = [nal[start : start + MTU] for start in range(head, len(nal), MTU)]
        for number, part in enumerate(parts):
            flags = (0x80 if number == 0 else 0) | (0x40 if number == len(parts) - 1 else 0)
            fragment = bytes([flags | nal_type(codec, nal)])
            if codec == "H264":
                indicator = bytes([(nal[0] & 0xE0) | FU[codec]])
            else:
                indicator = bytes([(nal[0] & 0x81) | (FU[codec] << 1), nal[1]])
            found.append(indicator + fragment + part)
    return found
