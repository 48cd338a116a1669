"""Spectacles: two rims, a bridge and two arms before the face, as the camera sees them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.rendered.face_model import FaceModel, Floats, Ints
from training.rendered.pose import Stand
from training.synth.glasses import FRAMES
from training.synth.identity import Identity

FINE = 4
"""Bits of a pixel's fraction."""


def draw_spectacles(scene: Floats, model: FaceModel, vertices: Floats, stand: Stand, who: Identity) -> None:
    """Over linear light, float32 [H, W, 3], in place; the same pair for the same person."""
    rng = np.random.default_rng([who.seed, 48])
    colour = np.array(FRAMES[rng.integers(len(FRAMES))]) * rng.uniform(0.6, 1.1)
    half, tall, power = rng.uniform(2.2, 2.7), rng.uniform(1.5, 2.1), rng.uniform(2.0, 4.5)
    thick_cm, tint = rng.uniform(0.08, 0.22), float(rng.uniform(0.0, 0.06))
    marks = vertices[list(model.landmarks)]
    eyes = [marks[42:48].mean(0), marks[36:42].mean(0)]
    front = max(float(marks[27, 2]), float(eyes[0][2])) + 1.1
    angle = np.linspace(0, 2 * np.pi, 48)
    rim = np.stack([np.cos(angle), np.sin(angle)], 1)
    rim = np.sign(rim) * np.abs(rim) ** (2 / power) * (half, tall)
    size = scene.shape[:2]
    width = max(1, round(thick_cm * stand.pose.eyes_px * size[1] / 640 / 6.3))
    for eye, sign in zip(eyes, (1.0, -1.0), strict=True):
        sag = 0.12 * (rim[:, 0] * sign) ** 2 / half
        ring = np.column_stack([eye[0] + rim[:, 0], eye[1] - 0.3 + rim[:, 1], front - sag])
        line = _seen(ring, stand, size)
        lens = scene.copy()
        cv2.fillPoly(lens, [line], (0.8, 0.85, 0.9), cv2.LINE_AA, FINE)
        scene += tint * (lens - scene)
        cv2.polylines(scene, [line], True, colour.tolist(), width, cv2.LINE_AA, FINE)
        if sign * stand.pose.yaw > -0.2 or abs(stand.pose.yaw) < 0.25:
            outer = np.array([[eye[0] + sign * half, eye[1] + 0.4, front - 0.3], [sign * 8.2, eye[1] + 0.5, 2.0]])
            if sign * stand.pose.yaw < 0.25:
                cv2.polylines(scene, [_seen(outer, stand, size)], False, colour.tolist(), width, cv2.LINE_AA, FINE)
    inner = [[eye[0] - sign * half, eye[1] + 0.1, front] for eye, sign in zip(eyes, (1.0, -1.0), strict=True)]
    cv2.polylines(scene, [_seen(np.array(inner), stand, size)], False, colour.tolist(), width, cv2.LINE_AA, FINE)


def _seen(points: NDArray[np.floating], stand: Stand, size: tuple[int, int]) -> Ints:
    screen, _ = stand.projected(stand.placed(points.astype(np.float32)), size)
    return np.round((screen - 0.5) * (1 << FINE)).astype(np.int32)
