"""A second look at what may be a face: levelled, larger, by another detector, and against its own turned copies.

BlazeFace says where a face may be and which way up. The place is levelled and enlarged, and MTCNN, which knows upright
faces only, must find one there; its landmarks level the face again until they agree, and are the ones that are kept.
Then BlazeFace sees the levelled face: the ears that it reads tell a face seen from the side, which MTCNN takes for a
front. Both detectors err on turned faces, MTCNN with landmarks that look upright; but shown the levelled face's turns,
BlazeFace is surest of the right one, or where it is not, MTCNN is. Where BlazeFace was sure both times, it is shown the
opposite turn only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from faces.align import align_crop, alignment
from faces.blazeface import BlazeFace
from faces.doubt import Doubt
from faces.errors import AlignmentError
from faces.face import Face
from faces.image import Picture
from faces.mtcnn import Mtcnn
from faces.plausible import doubt_of, is_turned_away
from faces.turns import TURNS, turned_back

PATCH_PX = 192
MARGIN = 0.3
EYES = (PATCH_PX / 2, PATCH_PX * (0.4 + MARGIN) / (1 + 2 * MARGIN))
"""Where alignment puts the point between the eyes in the patch."""
PATCH_FACE_PX = 64
"""Side of the smallest face looked for in the patch, whose own is about 100."""
NEAR = 0.25
"""Of the patch's side: how far off a face in it may be from the one that is meant."""
LEVEL = 15.0
"""Degrees that the landmarks of a levelled face may still be turned by; more, and it is levelled again."""
ROUNDS = 3
SURE = 0.8
"""Confidence of BlazeFace, at first sight and of the levelled face, from which only the opposite turn
must be less likely."""
LIKELY = 0.7
"""Its confidence from which something that is not confirmed is worth a word to the ward."""
SMALL_PX = 128


@dataclass(frozen=True)
class Judged:
    """What became of a candidate.

    Attributes:
        face: with landmarks that hold at any roll where there is no doubt; the candidate itself where not confirmed.
        doubt: what speaks against a crop.
        confirmed: both detectors say that it is a face.
    """

    face: Face
    doubt: Doubt | None
    confirmed: bool


class Confirmation:
    """Owns MTCNN and a small BlazeFace. Not thread safe.

    Args:
        min_confidence: of MTCNN, 0..1.
    """

    def __init__(self, min_confidence: float) -> None:
        self._mtcnn = Mtcnn(min_face_px=PATCH_FACE_PX, min_confidence=min_confidence)
        self._small = BlazeFace(side_px=SMALL_PX, min_confidence=0.3)

    def judge(self, rgb: Picture, candidate: Face) -> Judged:
        """What a candidate is.

        Args:
            rgb: uint8 [H, W, 3].
            candidate: found in it by BlazeFace.

        Raises:
            ImageError, DetectionError: as the detectors say.
        """
        face = candidate
        for _ in range(ROUNDS):
            seen = self._second_look(rgb, face)
            if seen is None:
                aside = candidate.confidence >= LIKELY and is_turned_away(candidate)
                return Judged(candidate, Doubt.TURNED_AWAY if aside else Doubt.UNCLEAR, confirmed=False)
            doubt = doubt_of(seen)
            face = _in_picture(seen, face)
            if abs(seen.roll) <= LEVEL:
                break
        else:
            return Judged(candidate, Doubt.UNCLEAR, confirmed=False)
        doubt = doubt or self._third_look(rgb, face, sure=candidate.confidence >= SURE)
        if doubt is Doubt.UNCLEAR:
            return Judged(candidate, doubt, confirmed=False)
        return Judged(face, doubt, confirmed=True)

    def _second_look(self, rgb: Picture, face: Face) -> Face | None:
        """The upright face in the levelled patch, in the patch's pixels."""
        try:
            patch = align_crop(rgb, face, PATCH_PX, MARGIN)
        except AlignmentError:
            return None
        near = [seen for seen in self._mtcnn.detect(patch) if math.dist(seen.between, EYES) < NEAR * PATCH_PX]
        return min(near, key=lambda seen: math.dist(seen.between, EYES), default=None)

    def _third_look(self, rgb: Picture, face: Face, *, sure: bool) -> Doubt | None:
        """What BlazeFace says against the levelled face; sure: it was at first sight."""
        try:
            patch = align_crop(rgb, face, SMALL_PX, MARGIN)
        except AlignmentError:
            return Doubt.UNCLEAR
        upright = self._surest(patch)
        if upright is None:
            return Doubt.UNCLEAR
        for turn in (2,) if sure and upright.confidence >= SURE else range(1, TURNS):
            rival = self._surest(turned_back(patch, turn))
            if rival is not None and rival.confidence >= upright.confidence and self._is_surer(rgb, face, turn):
                return Doubt.UNCLEAR
        return Doubt.TURNED_AWAY if is_turned_away(upright) else None

    def _is_surer(self, rgb: Picture, face: Face, turn: int) -> bool:
        """Whether MTCNN finds a face at least as sure in the levelled face's turn."""
        seen = self._mtcnn.detect(turned_back(align_crop(rgb, face, PATCH_PX, MARGIN), turn))
        return any(one.confidence >= face.confidence for one in seen)

    def _surest(self, patch: Picture) -> Face | None:
        return max(self._small.find(patch), key=lambda face: face.confidence, default=None)


def _in_picture(seen: Face, levelled_by: Face) -> Face:
    """A face of the patch in the picture's pixels; its box keeps its size and is not turned."""
    matrix = alignment(levelled_by, PATCH_PX, MARGIN)
    back = np.linalg.inv(matrix[:, :2]).T
    x, y, width, height = seen.box
    centre_x, centre_y = ((np.array([x + width / 2, y + height / 2]) - matrix[:, 2]) @ back).tolist()
    side = max(width, height) / math.hypot(*matrix[0, :2])
    landmarks = ((seen.landmarks - matrix[:, 2]) @ back).astype(np.float32)
    return Face((centre_x - side / 2, centre_y - side / 2, side, side), landmarks, seen.confidence)
