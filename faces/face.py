"""A face in a picture: its box, its five landmarks, how it is turned in the picture's plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
"""Order of the rows of Face.landmarks. Left and right are the picture's when the face is upright, not the person's."""


@dataclass(frozen=True, eq=False, repr=False)
class Face:
    """One face, in pixels of the picture it was found in. It has no repr: it describes a person.

    Attributes:
        box: x, y, width, height; it may reach past the picture's edges.
        landmarks: float32 [5, 2], (x, y) rows in the order of LANDMARKS.
        confidence: 0..1, of the network that found it.
        ears: float32 [2, 2], where they are or would be seen, the left one of the picture first; None of a detector
            that does not say.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    confidence: float
    ears: NDArray[np.float32] | None = None

    def moved(self, right: float, down: float) -> Face:
        """The same face in a picture whose corner is that much further left and up."""
        by, ears = np.array([right, down], np.float32), self.ears
        x, y, width, height = self.box
        box = (x + right, y + down, width, height)
        return Face(box, self.landmarks + by, self.confidence, None if ears is None else ears + by)

    @property
    def area(self) -> float:
        """Of the box, in square pixels."""
        return self.box[2] * self.box[3]

    @property
    def side(self) -> float:
        """The longer one of the box, in pixels."""
        return max(self.box[2], self.box[3])

    @property
    def between(self) -> NDArray[np.float64]:
        """The point between the eyes, (x, y)."""
        middle: NDArray[np.float64] = self.landmarks[:2].astype(np.float64).mean(axis=0)
        return middle

    @property
    def roll(self) -> float:
        """Degrees that the line through the eyes is turned clockwise in the picture, -180..180; 0 is upright."""
        across = (self.landmarks[1] - self.landmarks[0]).astype(np.float64)
        return math.degrees(math.atan2(across[1], across[0]))
