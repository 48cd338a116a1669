"""Short videos for tests: a bright square that moves over grey, so that frames differ and are recognisable."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from services.ingest.frames.picture import Picture

SQUARE_PX = 64


def drawn(number: int, width: int = 640, height: int = 480) -> np.ndarray:
    """Picture `number`: uint8 [height, width, 3]; grey 96 with a white square that moves 8 px a picture."""
    picture = np.full((height, width, 3), 96, np.uint8)
    left = number * 8 % (width - SQUARE_PX)
    picture[height // 2 : height // 2 + SQUARE_PX, left : left + SQUARE_PX] = 235
    return picture


def write_video(path: Path, seconds: float, fps: int = 15, size: tuple[int, int] = (640, 480)) -> Path:
    """Write a video whose container and codec follow the suffix: .mp4 (H.264) or .mjpeg."""
    codec, pixels = {".mp4": ("libx264", "yuv420p"), ".mjpeg": ("mjpeg", "yuvj420p")}[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], pixels
        for number in range(int(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(drawn(number, *size), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode())
    return path


def bright(picture: Picture) -> int:
    """Pixels of the square."""
    return int((np.frombuffer(picture.data, np.uint8, picture.width * picture.height) > 180).sum())
