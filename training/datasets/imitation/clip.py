"""Short videos: a few drawn pictures, each held for some frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from faces.image import Picture


def write_clip(path: Path, pictures: Sequence[Picture], hold: int, rate: int) -> None:
    """An MPEG-4 video of len(pictures) * hold frames.

    Args:
        pictures: uint8 [H, W, 3] RGB, all of one size, H and W even.
        hold: frames that each is shown for, at least 1.
        rate: frames a second.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(rate), options={"qscale": "3", "flags": "+qscale"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for number in range(len(pictures) * hold):
            frame = av.VideoFrame.from_ndarray(pictures[number // hold], format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
