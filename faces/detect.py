"""The faces of a picture, upright or lying, and why others give no crop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from faces.blazeface import BlazeFace
from faces.confirm import LIKELY, Confirmation, Judged
from faces.doubt import Doubt
from faces.face import Face
from faces.image import Picture, require_rgb
from faces.turns import TURNS, Habit, face_in_picture, turned_back
from faces.windows import windows

MOST = 3
"""Candidates of a window at one turn that get a second look, the largest ones."""


def anywhere(_face: Face) -> bool:
    """Every face counts."""
    return True


@dataclass(frozen=True)
class Look:
    """What a look at a picture gave.

    Attributes:
        faces: confirmed ones that can be judged, largest first.
        doubt: why there is no crop; None with a face to crop, and where nothing looks like a face.
        count: of confirmed faces, also of those that are turned away; not of those too small.
        best: the face to crop: the largest of all confirmed ones, if it can be judged; who is largest is not changed by
            being turned away.
    """

    faces: tuple[Face, ...]
    doubt: Doubt | None
    count: int
    best: Face | None


class Detector:
    """BlazeFace finds, MTCNN confirms, landmarks must be plausible. Not thread safe: keep one per thread.

    Args:
        min_face_px: side of the smallest face that can be judged, 20..240.
        min_confidence: faces below it are left out, 0..1; of the second look.

    Constructing one sets OpenCV to a single thread, which it only knows for the whole process.

    Raises:
        ValueError: an argument out of range.
        WeightsError: the weights' file is not there, or another one.
    """

    def __init__(self, *, min_face_px: int = 48, min_confidence: float = 0.9) -> None:
        if not 20 <= min_face_px <= 240:
            raise ValueError(f"min_face_px must be 20..240, got {min_face_px}")
        self._finder = BlazeFace()
        self._confirmation = Confirmation(min_confidence)
        self._min_face_px = min_face_px

    def detect(self, rgb: Picture) -> list[Face]:
        """The faces of a picture that can be judged, at any roll, largest first.

        Args:
            rgb: uint8 [H, W, 3].

        Raises:
            ImageError: rgb is not such an array.
            DetectionError: the networks could not process it.
        """
        return list(self.look(rgb, Habit(), turns=TURNS).faces)

    def look(self, rgb: Picture, habit: Habit, turns: int = 2, within: Callable[[Face], bool] = anywhere) -> Look:
        """Look at a picture at the camera's usual turn and, while no face can be judged, at others.

        Args:
            rgb: uint8 [H, W, 3].
            habit: the camera's; learns from what was found.
            turns: to try at most, 1..4; each costs one run of BlazeFace, and a second look for each candidate.
            within: which faces count by their place; others are not looked at twice, and nothing is learnt of them.

        Raises:
            ImageError, DetectionError: as detect says.
        """
        require_rgb(rgb)
        found: list[Judged] = []
        for turn in habit.proposals(turns):
            for candidate in self._candidates(turned_back(rgb, turn)):
                face = face_in_picture(candidate, turn, rgb.shape)
                if within(face):
                    _add(found, self._judge(rgb, face))
            if any(one.doubt is None for one in found):
                break
        look = _summary(found)
        habit.learn(look.faces[0] if look.faces else None, turns)
        return look

    def _candidates(self, rgb: Picture) -> list[Face]:
        """Of all windows, each place once, the surest of it."""
        kept: list[Face] = []
        seen = [
            face.moved(columns.start, rows.start)
            for rows, columns in windows(*rgb.shape[:2])
            for face in self._finder.find(rgb[rows, columns])[:MOST]
        ]
        for face in sorted(seen, key=lambda face: face.confidence, reverse=True):
            if not any(_same(face, other) for other in kept):
                kept.append(face)
        return sorted(kept, key=lambda face: face.area, reverse=True)

    def _judge(self, rgb: Picture, candidate: Face) -> Judged:
        judged = self._confirmation.judge(rgb, candidate)
        if judged.doubt is None and judged.face.side < self._min_face_px:
            return replace(judged, doubt=Doubt.TOO_SMALL)
        return judged


def _same(one: Face, other: Face) -> bool:
    """Whether two are readings of the same face."""
    return math.dist(one.between, other.between) < max(one.side, other.side) / 2


def _add(found: list[Judged], judged: Judged) -> None:
    """Each face once: the one without a doubt before the confirmed one before the first."""
    for index, other in enumerate(found):
        if _same(judged.face, other.face):
            found[index] = max(other, judged, key=lambda one: (one.doubt is None, one.confirmed))
            return
    found.append(judged)


def _summary(found: list[Judged]) -> Look:
    confirmed = sorted((one for one in found if one.confirmed), key=lambda one: one.face.area, reverse=True)
    faces = tuple(one.face for one in confirmed if one.doubt is None)
    if confirmed:
        largest = confirmed[0]
        count = sum(one.doubt is not Doubt.TOO_SMALL for one in confirmed)
        return Look(faces, largest.doubt, count, largest.face if largest.doubt is None else None)
    likely = [one.doubt for one in found if one.doubt is not None and one.face.confidence >= LIKELY]
    return Look((), min(likely, key=list(Doubt).index, default=None), 0, None)
