"""What a cheap camera does to a picture: exposure, blur, noise, and the compression after it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synth.plate import Floats

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Lens:
    """Attributes:
    exposure: linear gain, 0.5..1.6.
    blur_px: standard deviation of the optics' blur, 0..2.
    noise: standard deviation of the sensor's noise, grey levels of 255.
    seed: of that noise.
    """

    exposure: float = 1.0
    blur_px: float = 0.5
    noise: float = 2.0
    seed: int = 0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Lens:
        """A webcam or a phone, by day or in a dim room."""
        return cls(
            exposure=rng.uniform(0.75, 1.3),
            blur_px=rng.uniform(0.2, 0.9),
            noise=rng.uniform(0.5, 5.0),
            seed=int(rng.integers(2**31)),
        )

    @classmethod
    def night(cls, rng: np.random.Generator) -> Lens:
        """The same at its highest gain."""
        return cls(
            exposure=rng.uniform(0.8, 1.3),
            blur_px=rng.uniform(0.4, 1.1),
            noise=rng.uniform(4.0, 9.0),
            seed=int(rng.integers(2**31)),
        )


def expose(scene: Floats, lens: Lens, infrared: bool = False) -> Picture:
    """Linear light, float32 [H, W, 3], to an sRGB picture, uint8 [H, W, 3]; a grey one if infrared is all it sees."""
    blurred = cv2.GaussianBlur(scene, (0, 0), lens.blur_px) if lens.blur_px > 0.25 else scene
    if infrared:
        blurred = _without_colour(blurred)
    levels = 255 * cv2.pow(np.clip(blurred * np.float32(lens.exposure), 0, 1), 1 / 2.2)
    if lens.noise > 0:
        draws = np.empty(levels.shape[:2] if infrared else levels.shape, np.int16)
        cv2.setRNGSeed(lens.seed)
        cv2.randn(draws, 0, 16 * lens.noise)
        levels = levels + (draws[..., None] if infrared else draws).astype(np.float32) / 16
    picture: Picture = np.clip(levels + 0.5, 0, 255).astype(np.uint8)
    return picture


def _without_colour(scene: Floats) -> Floats:
    """What near infrared shows of a lit scene: nearly what red light does."""
    grey = np.clip(scene @ np.array([0.8, 0.15, 0.05], np.float32), 0, None)
    return np.asarray(np.repeat(grey[..., None], 3, axis=2), np.float32)


def compress(picture: Picture, quality: int) -> Picture:
    """The picture after JPEG of a quality 1..100: blocks and lost detail like those of a video call's intra coding.

    Raises ValueError when the codec refuses it.
    """
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture could not be encoded")
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError("the picture could not be decoded")
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)
