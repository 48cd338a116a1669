"""Quarter turns: looking at a picture as if the camera were turned, and which turn a camera usually needs.

A turn is how often a face is turned clockwise by 90 degrees in the picture: 0 upright, 1 its top to the right, 2 upside
down, 3 its top to the left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faces.face import Face
from faces.image import Picture

TURNS = 4
KEPT = 0.8
"""Part of its weight that a turn keeps with every face: four or five faces in a row change what is usual."""


def turn_of(face: Face) -> int:
    """The turn that brings a face nearest to upright."""
    return round(face.roll / 90) % TURNS


def turned_back(rgb: Picture, turn: int) -> Picture:
    """The picture turned counter-clockwise, so that a face at this turn stands upright."""
    return np.ascontiguousarray(np.rot90(rgb, turn))


def face_in_picture(face: Face, turn: int, shape: tuple[int, ...]) -> Face:
    """A face found in turned_back(rgb, turn), in the picture's own pixels.

    Args:
        shape: of the picture, (H, W, ...).
    """
    x, y, width, height = face.box
    corners = _placed(np.array([(x, y), (x + width, y + height)]), turn, shape)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    landmarks = _placed(face.landmarks, turn, shape).astype(np.float32)
    ears = None if face.ears is None else _placed(face.ears, turn, shape).astype(np.float32)
    return Face((left, top, right - left, bottom - top), landmarks, face.confidence, ears)


def _placed(points: NDArray[np.floating], turn: int, shape: tuple[int, ...]) -> NDArray[np.floating]:
    height, width = shape[:2]
    x, y = points[:, 0], points[:, 1]
    places = ((x, y), (width - 1 - y, x), (width - 1 - x, height - 1 - y), (y, height - 1 - x))
    return np.stack(places[turn], axis=1)


class Habit:
    """The turn at which a camera usually sees faces, learnt from them and kept in memory; upright at first.

    Where nothing is found at the usual turn, the others are tried in rounds, so that a look costs no more than asked
    for and after some looks every turn has been tried.
    """

    def __init__(self) -> None:
        self._weights = [1.0] + [0.0] * (TURNS - 1)
        self._round = 0

    @property
    def usual(self) -> int:
        """The turn to try first."""
        return max(range(TURNS), key=self._weights.__getitem__)

    def proposals(self, count: int) -> tuple[int, ...]:
        """`count` turns to try, 1..4, the usual one first, then neighbours before the opposite one."""
        if not 1 <= count <= TURNS:
            raise ValueError(f"count must be 1..{TURNS}, got {count}")
        others = [(self.usual + step) % TURNS for step in (1, 3, 2)]
        return (self.usual, *(others[(self._round + number) % len(others)] for number in range(count - 1)))

    def learn(self, face: Face | None, tried: int) -> None:
        """What came of trying that many proposals: a face upright at some turn, or none: go on with the others."""
        if face is None:
            self._round = (self._round + tried - 1) % (TURNS - 1)
            return
        self._round = 0
        found = turn_of(face)
        self._weights = [weight * KEPT + (turn == found) * (1 - KEPT) for turn, weight in enumerate(self._weights)]
