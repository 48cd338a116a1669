"""Bed linen that comes before the face: where a blanket ends, and a pillow that the head has sunk into."""

from __future__ import annotations

import cv2
import numpy as np

from training.synth.light import Light
from training.synth.plate import Floats, smooth
from training.synth.pose import Pose

CHEST, LIP = 2.15, 1.38
"""Where a blanket ends that lies on the chest, and one that is drawn up over the lower lip; units below the eyes."""


def blanket_line(drawn_up: float) -> float:
    """Units below the eyes at which a blanket begins that is drawn up by 0..1."""
    return CHEST + (LIP - CHEST) * drawn_up


class Pillow:
    """A corner of a pillow, swelling up beside the face of somebody who lies on that side."""

    def __init__(self, seed: int, light: Light) -> None:
        rng = np.random.default_rng([seed, 20])
        tone = np.array([0.72, 0.74, 0.77], np.float32) * rng.uniform(0.6, 1.0, 3).astype(np.float32) ** 0.5
        self._cloth = tone * (light.lamp * 0.55 + light.room) * light.colour
        self._toward = float(np.sin(light.azimuth))
        self._wave = rng.uniform(-0.06, 0.06, 5)

    def lay(self, picture: Floats, pose: Pose, sunk: float) -> None:
        """Over one side of the face, in place.

        Args:
            picture: linear RGB, float32 [H, W, 3].
            sunk: -1..1: how far, and on which side of the picture.
        """
        height, width = picture.shape[:2]
        scale, side = pose.eyes_px * width / 640, float(np.sign(sunk))
        edge = 1.02 - 0.4 * abs(sunk)
        rows = np.linspace(-1.5, 2.4, 5)
        swell = edge + 0.42 * ((rows - 0.75) / 1.6) ** 2 + self._wave
        curve = smooth([(float(x), float(y)) for x, y in zip(swell, rows, strict=True)], 40)
        outline = np.concatenate([curve, [[3.2, 3.2], [4.6, 3.0], [4.6, -0.9], [3.2, -1.4]]]) * (side, 1)
        cos, sin = np.cos(pose.roll), np.sin(pose.roll)
        seen = outline @ np.array([[cos, sin], [-sin, cos]]) * scale + (pose.x * width, pose.y * height)
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [np.round(seen * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.6, 0.025 * scale))
        inner = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.25 * scale)
        shadow = np.clip(inner - 0.1, 0, 0.4)[..., None] * (1 - soft[..., None])
        picture *= 1 - shadow
        rounded = 0.62 + 0.45 * np.clip(2 * inner - 1, 0, 1) - 0.12 * side * self._toward * (1 - inner)
        part = soft[..., None]
        picture += part * (self._cloth * rounded[..., None] - picture)
