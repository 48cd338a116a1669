"""A decoded picture as its metadata says that it is meant: upright, of square pixels, of known colours.

What a decoder gives out are stored samples. How they are meant stands beside them, in the stream's parameters or in
messages (ITU-T H.264, annex E and D.2.27; ITU-T H.273; ISO/IEC 14496-12, 6.2.2): a display matrix (phones store what
they film turned), the shape of a pixel (recorders halve the width), the range and the matrix of the colours.
Conversions of samples leave it out, so this is the one way from a decoded picture to one that is looked at.
The work is libavfilter's; its `scale` reads shape, range and matrix off each picture.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Literal

import av
from av.filter import Graph

from video.errors import UndisplayablePicture
from video.orientation import matrix_of

Format = Literal["yuv420p", "rgb24"]
MAX_STRETCH = 8
"""A pixel that is said to be wider, or higher, than so many times the other side counts as just that."""
NO_LIMIT = 1 << 20

Filter = tuple[str, str]


def displayed(picture: av.VideoFrame, limit_px: int = NO_LIMIT, pixels: Format = "yuv420p") -> av.VideoFrame:
    """The picture upright, with square pixels, the long side at most limit_px; never larger than it was meant.

    Pixels that are wider than high are widened, others narrowed, before any turn: stored rows stay what they are.

    Args:
        pixels: `yuv420p` has even sides and ITU-R BT.601 in limited range, whatever came in; `rgb24` full range.

    Raises:
        UndisplayablePicture: libavfilter cannot convert it, or nothing would be left of a side.
    """
    upright = _turns(picture)
    lying = any(name == "transpose" for name, _ in upright)
    chain = [*upright, _scale(limit_px, pixels, lying), ("format", pixels), *PLAIN]
    try:
        found = _through(picture, chain)
    except (av.FFmpegError, ValueError) as error:
        raise UndisplayablePicture(picture.width, picture.height, type(error).__name__) from None
    found.pts, found.opaque = picture.pts, None
    if picture.time_base is not None:
        found.time_base = picture.time_base
    return found


PLAIN: list[Filter] = [("setsar", "1"), ("sidedata", "mode=delete:type=DISPLAYMATRIX")]
"""Takes the metadata off that the samples now obey, so that nobody obeys it twice."""


def _scale(limit_px: int, pixels: Format, lying: bool) -> Filter:
    """lying: rows are stored columns, and the shape of a pixel is turned with them."""
    even = 2 if pixels == "yuv420p" else 1
    shape = f"clip(sar,1/{MAX_STRETCH},{MAX_STRETCH})"
    width, height = ("iw", f"ih/{shape}") if lying else (f"iw*{shape}", "ih")
    shrink = f"min(1,{limit_px}/max({width},{height}))"
    sides = (f"{even}*floor({side}*{shrink}/{even}+1e-9)" for side in (width, height))
    whole = ":".join(f"{name}='max({even},{side})'" for name, side in zip(("w", "h"), sides, strict=True))
    colours = ":out_color_matrix=bt601:out_range=limited" if pixels == "yuv420p" else ":out_range=full"
    return "scale", f"{whole}:eval=frame:flags=bicubic+accurate_rnd+full_chroma_int{colours}"


def _through(picture: av.VideoFrame, chain: list[Filter]) -> av.VideoFrame:
    graph = Graph()
    graph.threads = 1  # it lives for one picture: threads cost more to start and end than the work that they share
    last = first = graph.add_buffer(
        width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 90_000)
    )
    for name, options in [*chain, ("buffersink", "")]:
        following = graph.add(name, options)
        last.link_to(following)
        last = following
    graph.configure()
    first.push(picture)
    found = last.pull()
    if not isinstance(found, av.VideoFrame):
        raise ValueError("no picture")
    return found


def _turns(picture: av.VideoFrame) -> list[Filter]:
    """The filters that put a picture upright: quarters of a turn, and mirrors. Other angles are left as they are.

    The display matrix takes a stored point (x, y) to (a x + c y, b x + d y) on the screen; 16.16 fixed point.
    """
    data = matrix_of(picture)
    if data is None:
        return []
    a, b, _, c, d = struct.unpack("=9i", data)[:5]
    if abs(b) + abs(c) <= abs(a) + abs(d):
        return [("hflip", "")] * (a < 0) + [("vflip", "")] * (d < 0)
    return [("transpose", "cclock_flip")] + [("hflip", "")] * (c < 0) + [("vflip", "")] * (b < 0)
