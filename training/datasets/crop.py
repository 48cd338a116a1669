"""From a picture of a set to the crop that the room would send: the same detector, alignment and size as keyframe's."""

from __future__ import annotations

import cv2

from faces.align import MARGIN, align_crop
from faces.detect import Detector
from faces.errors import AlignmentError, DetectionError
from faces.image import Picture, require_rgb
from faces.turns import TURNS, Habit

SIZE = 224
MIN_FACE_PX, MIN_CONFIDENCE = 48, 0.9
"""Of services/keyframe's settings, their defaults."""
SMALL_PX = 160
"""A picture whose longer side is below it (FER2013's, UNBC-McMaster's small copy) is enlarged first."""
ENLARGED_PX = 320
BORDER = 0.25
"""Of the longer side, on each side, by repeating the edge, where the picture itself shows no face: copies are cut to
the face, and the detector looks for heads."""
METHOD = f"3:{SIZE}:{MARGIN}:{MIN_FACE_PX}:{MIN_CONFIDENCE}:{SMALL_PX}:{ENLARGED_PX}:{BORDER}"
"""Names how crops are made: another method, other crops."""


class Cropper:
    """Owns a detector; not thread safe."""

    def __init__(self) -> None:
        self._detector = Detector(min_face_px=MIN_FACE_PX, min_confidence=MIN_CONFIDENCE)

    def crop(self, picture: Picture) -> Picture | None:
        """The largest face of a picture, upright, uint8 [224, 224, 3]; None where none is found or it cannot be judged.

        Args:
            picture: uint8 [H, W, 3] RGB.

        Raises:
            ImageError: picture is not such an array.
        """
        require_rgb(picture)
        if max(picture.shape[:2]) >= SMALL_PX:
            crop = self._largest(picture)
            if crop is not None:
                return crop
        return self._largest(bordered(picture))

    def _largest(self, picture: Picture) -> Picture | None:
        try:
            best = self._detector.look(picture, Habit(), TURNS).best
            return None if best is None else align_crop(picture, best, SIZE)
        except (DetectionError, AlignmentError):
            return None


def bordered(picture: Picture) -> Picture:
    """With a border; one with a small picture in it is enlarged to about ENLARGED_PX."""
    longer = max(picture.shape[:2])
    border = max(1, round(BORDER * longer))
    wide: Picture = cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_REPLICATE)
    if longer >= SMALL_PX:
        return wide
    scale = ENLARGED_PX / max(wide.shape[:2])
    large: Picture = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return large
