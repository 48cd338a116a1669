"""The head's contour, which the skin fills and the hair surrounds."""

from __future__ import annotations

import numpy as np

from training.synth.identity import Identity
from training.synth.plate import Floats, Point, smooth


def outline(who: Identity, grow: float = 0.0) -> Floats:
    """The head's contour, float32 [n, 2], `grow` units outward."""
    wide, jaw, chin = who.face_width, who.jaw_width, who.chin
    right: list[Point] = [
        (0.0, -1.75), (0.62, -1.6), (1.0 * wide, -1.1), (1.13 * wide, -0.35), (1.1 * wide, 0.35),
        (0.98 * wide * (0.5 + 0.5 * jaw), 0.95), (0.74 * jaw, chin - 0.38), (0.36 * jaw, chin - 0.07), (0.0, chin),
    ]  # fmt: skip
    points = np.array(right + [(-x, y) for x, y in right[-2:0:-1]], np.float32)
    middle = np.array([0.0, 0.05], np.float32)
    away = points - middle
    points += grow * away / np.linalg.norm(away, axis=1, keepdims=True)
    return smooth([(float(x), float(y)) for x, y in points], 120, closed=True)
