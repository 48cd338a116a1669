"""Where the head is before the camera, and what of it falls on which pixel."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.rendered.face_model import Floats
from training.rendered.skin import EYES_Y_CM, PUPILS_CM
from training.synth.pose import Pose

MIDDLE_CM = np.array((0.0, EYES_Y_CM, 9.0), np.float32)
"""Between the pupils: what a pose places, and what the head turns about."""
LYING, PROFILE = 0.22, 0.12
"""How many lie on a side, and how many turn away towards a profile."""


@dataclass(frozen=True)
class Stand:
    """A pose and the camera's distance from the eyes, cm."""

    pose: Pose = field(default_factory=Pose)
    distance_cm: float = 90.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Stand:
        """Near the middle of a camera beside the bed: upright, turned away, or lying on a side."""
        yaw, pitch, roll = rng.normal(0, (0.3, 0.18, 0.2))
        if rng.uniform() < PROFILE:
            yaw = rng.choice((-1.0, 1.0)) * rng.uniform(0.7, 1.35)
        if rng.uniform() < LYING:
            roll += rng.choice((-1.0, 1.0)) * rng.uniform(1.1, 1.75)
        pose = Pose(x=rng.uniform(0.42, 0.58), y=rng.uniform(0.42, 0.55), eyes_px=rng.uniform(52, 88),
                    yaw=float(np.clip(yaw, -1.4, 1.4)), pitch=float(np.clip(pitch, -0.5, 0.5)),
                    roll=float(roll))  # fmt: skip
        return cls(pose, float(rng.uniform(45, 150)))

    @property
    def turn(self) -> NDArray[np.float32]:
        """The head's axes before the camera, float32 [3, 3]: yaw to the picture's right, nodding, then clockwise."""
        yaw, pitch, roll = self.pose.yaw, self.pose.pitch, -self.pose.roll
        around_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        around_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
        around_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        return np.asarray(around_z @ around_x @ around_y, np.float32)

    def placed(self, vertices: Floats) -> Floats:
        """In the camera's directions, cm from between the eyes: x to the picture's right, y up, z to the camera."""
        return np.asarray((vertices - MIDDLE_CM) @ self.turn.T, np.float32)

    def projected(self, placed: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
        """Pixels float32 [V, 2] and depths float32 [V] of placed points, in a picture of size (height, width)."""
        height, width = size
        depth = self.distance_cm - placed[:, 2]
        scale = self.pose.eyes_px * width / 640 / PUPILS_CM * self.distance_cm / depth
        x = self.pose.x * width + placed[:, 0] * scale
        y = self.pose.y * height - placed[:, 1] * scale
        return np.stack([x, y], 1).astype(np.float32), depth.astype(np.float32)
