"""Eyeballs: white, iris and pupil painted by the angle from where the eye looks."""

from __future__ import annotations

import numpy as np

from training.rendered.face_model import FaceModel, Floats
from training.synth.identity import Identity

IRIS, PUPIL = 0.47, 0.19
"""Radians from the axis, seen from the eyeball's middle: a radius of about 6 mm, and of 2.4 mm."""
WHITE = (0.6, 0.55, 0.52)


def eye_colour(model: FaceModel, vertices: Floats, points: Floats, who: Identity, gaze: tuple[float, float]) -> Floats:
    """Reflectance at points of eyeballs, float32 [n, 3]; all in the head's own axes.

    Args:
        gaze: where both eyes look, radians to the picture's right and down.
    """
    found = np.zeros((len(points), 3), np.float32)
    axis = np.array((np.sin(gaze[0]), -np.sin(gaze[1]), 1.0), np.float32)
    axis /= np.linalg.norm(axis)
    left = points[:, 0] > 0
    for side, name in ((left, "sclera_left"), (~left, "sclera_right")):
        ball = vertices[slice(*model.parts[name].vertices)]
        middle = (ball.min(0) + ball.max(0)) / 2
        outward = points[side] - middle
        outward = outward / (np.linalg.norm(outward, axis=1, keepdims=True) + 1e-9)
        angle = np.arccos(np.clip(outward @ axis, -1, 1))
        found[side] = _painted(angle, outward, who)
    return found


def _painted(angle: Floats, outward: Floats, who: Identity) -> Floats:
    grain = 1 + 0.18 * np.sin(17 * np.arctan2(outward[:, 1], outward[:, 0]) + who.seed)
    iris = np.asarray(who.iris, np.float32) * grain[:, None]
    iris = iris * np.clip(1.25 - 0.9 * (angle / IRIS)[:, None] ** 3, 0.3, 1.2)
    veins = np.clip((angle - 0.6) * 0.8, 0, 0.35)[:, None] * np.array((0.1, 0.5, 0.5), np.float32)
    white = np.asarray(WHITE, np.float32) * (1 - veins)
    inside = np.clip((IRIS - angle) / 0.04, 0, 1)[:, None]
    pupil = np.clip((PUPIL - angle) / 0.03, 0, 1)[:, None]
    colour = white * (1 - inside) + iris * inside
    shade = np.clip(1.0 - 0.55 * np.clip(outward[:, 1:2] * 2.2, 0, 1), 0.4, 1)
    return np.asarray((colour * (1 - pupil) + 0.01 * pupil) * shade, np.float32)
