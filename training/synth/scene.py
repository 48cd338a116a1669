"""What is behind the head: wall, headboard, pillow and blanket of a bed, or a chair."""

from __future__ import annotations

import cv2
import numpy as np

from training.synth.light import Light
from training.synth.plate import Floats

WALLS = (
    (0.55, 0.52, 0.46),
    (0.42, 0.5, 0.5),
    (0.6, 0.58, 0.55),
    (0.3, 0.33, 0.36),
    (0.5, 0.42, 0.34),
    (0.25, 0.3, 0.24),
)


def draw_scene(seed: int, light: Light, size: tuple[int, int]) -> Floats:
    """Linear RGB, float32 [H, W, 3], of a room without the person."""
    rng = np.random.default_rng([seed, 6])
    height, width = size
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / height
    wall = np.array(WALLS[rng.integers(len(WALLS))], np.float32) * rng.uniform(0.5, 1.1)
    fall = 1 + 0.35 * np.sin(light.azimuth) * (xs / (width / height) - 0.5) - 0.25 * (ys - 0.5)
    picture = wall * fall[..., None] * (0.9 + 0.1 * _clouds(rng, size, 5))[..., None]
    if rng.uniform() < 0.5:
        _headboard(picture, rng)
    if rng.uniform() < 0.85:
        _pillow(picture, rng, light)
    lit = picture * (light.lamp * 0.6 + light.room) * light.colour
    return np.asarray(cv2.GaussianBlur(lit.astype(np.float32), (0, 0), rng.uniform(0.8, 3.0)), np.float32)


class Cover:
    """A blanket or a gown over everything below the chest."""

    def __init__(self, seed: int, light: Light, size: tuple[int, int]) -> None:
        rng = np.random.default_rng([seed, 7])
        height, width = size
        tone = rng.uniform(0.12, 0.75) * rng.uniform(0.75, 1.2, 3).astype(np.float32)
        xs = np.arange(width, dtype=np.float32)
        self._edge = 14 * np.sin(xs / 90 + rng.uniform(0, 6)) + 0.0004 * (xs - width / 2) ** 2
        self._rows = np.arange(height, dtype=np.float32)[:, None]
        folds = 0.85 + 0.2 * _clouds(rng, size, 9)
        stripes = 1 - rng.uniform(0, 0.3) * (np.sin((xs[None, :] + 0.6 * self._rows) / rng.uniform(6, 20)) > 0.6)
        shaded = (folds * stripes)[..., None] * (light.lamp * 0.7 + light.room) * light.colour
        self._cloth = (tone * shaded).astype(np.float32)

    def lay(self, picture: Floats, chest: float) -> None:
        """Over everything below chest (a part of the height), in place."""
        first = int(np.clip(chest * len(self._rows) - 16, 0, len(self._rows) - 1))
        mask = np.clip((self._rows[first:] - chest * len(self._rows) - self._edge[None, :]) / 3, 0, 1)[..., None]
        picture[first:] += mask * (self._cloth[first:] - picture[first:])


def _headboard(picture: Floats, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    colour = np.array([0.3, 0.17, 0.08], np.float32) * rng.uniform(0.3, 1.3)
    top = int(height * rng.uniform(-0.2, 0.25))
    gap = int(rng.integers(40, 90))
    for x in range(int(rng.integers(0, gap)), width, gap):
        cv2.rectangle(picture, (x, max(top, 0)), (x + gap // 4, height), colour.tolist(), -1)
    cv2.rectangle(picture, (0, top), (width, top + 26), (colour * 1.2).tolist(), -1)


def _pillow(picture: Floats, rng: np.random.Generator, light: Light) -> None:
    height, width = picture.shape[:2]
    tone = np.array([0.75, 0.77, 0.8], np.float32) * rng.uniform(0.55, 1.05, 3).astype(np.float32) ** 0.5
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    x = (xs - width * rng.uniform(0.44, 0.56)) / (width * rng.uniform(0.36, 0.5))
    y = (ys - height * rng.uniform(0.42, 0.55)) / (height * rng.uniform(0.4, 0.55))
    inside = 1 - np.abs(x) ** 3.4 - np.abs(y) ** 3.4
    mask = np.clip(inside * 14, 0, 1)[..., None]
    creases = _clouds(rng, (height, width), 7)
    side = 1 + 0.14 * np.sin(light.azimuth) * x - 0.12 * y
    cloth = tone * (side * (0.72 + 0.24 * np.clip(inside, 0, 1) ** 0.5 + 0.09 * creases))[..., None]
    picture += mask * (cloth - picture)


def _clouds(rng: np.random.Generator, size: tuple[int, int], cells: int) -> Floats:
    """Smooth noise of about unit variance, float32 [H, W]."""
    small = rng.normal(0, 1, (cells, cells + 2)).astype(np.float32)
    return np.asarray(cv2.resize(small, (size[1], size[0]), interpolation=cv2.INTER_CUBIC), np.float32)
