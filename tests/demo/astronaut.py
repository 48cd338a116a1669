"""A clip of a real person: the camera pans and zooms over scikit-image's photograph of an astronaut."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
from skimage import data

WIDTH, HEIGHT, FPS = 640, 480, 10


def write_clip(path: Path, seconds: float) -> Path:
    """An H.264 clip in which the face moves, grows and shrinks, with a sensor's noise."""
    picture, rng = data.astronaut(), np.random.default_rng(4)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(int(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(look(picture, index / (seconds * FPS), rng), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def look(picture: np.ndarray, progress: float, rng: np.random.Generator) -> np.ndarray:
    """The view at a moment, progress in [0, 1): uint8 [HEIGHT, WIDTH, 3]."""
    zoom = 1.5 + 0.4 * np.sin(4 * np.pi * progress)
    centre = 224 + 40 * np.sin(2 * np.pi * progress), 130 + 25 * np.cos(6 * np.pi * progress)
    move = np.array([[zoom, 0, WIDTH / 2 - zoom * centre[0]], [0, zoom, HEIGHT / 2 - zoom * centre[1]]])
    view = cv2.warpAffine(picture, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.clip(view + rng.normal(0, 2, view.shape), 0, 255).astype(np.uint8)
