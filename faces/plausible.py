"""Whether five landmarks can be a face's, and whether it is seen from too far aside.

Lengths are in the face's unit (see faces.align): the distance between the eyes, or from eyes to mouth over EYE_MOUTH,
whichever is longer. The ranges hold what a scanned face model shows (USC ICT FaceKit: its mean, identities of 100
modes at standard normal weights, up to five expression shapes at any strength, a jaw open to any width; 2,000 faces,
perspective at 60 cm) turned by up to 45 degrees aside and 30 up or down, from the 0.5th to the 99.5th percentile, and
room for a detector's reading beyond them.

These say what cannot be a face. They cannot say which way up it is, nor that it is seen from the side: MTCNN draws
upright landmarks of a front on faces that are neither (see faces.confirm). For the side there are BlazeFace's ears.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.doubt import Doubt
from faces.face import Face

EYE_MOUTH = 1.15
"""Eyes to mouth over eye to eye, of a face seen from the front."""
EYES = 0.55
"""Least distance between the eyes: model 0.61. Less is a face from the side, or a picture squeezed."""
HEIGHT = (0.55, EYE_MOUTH + 0.01)
"""From the line through the eyes to the mouth: model 0.58 to 1.15."""
NOSE = (-0.25, 1.05)
"""Where the nose is between the eyes (0) and the mouth (1): model -0.24 to 1.01."""
MOUTH = (0.25, 1.25)
"""Between the mouth's corners: model 0.31 to 1.07; smiles of a detector's reading are wider."""
MOUTH_TILT = 30.0
"""Degrees between eyes and mouth: model 27."""
SHEAR = 50.0
"""Degrees between the line from eyes to mouth and the perpendicular of the eyes: model 47."""
ASIDE = 1.2
"""How far the nose is from the middle of the ears, over half their distance: the model's at 45 degrees aside is 1.05
looking 30 degrees up and 1.38 straight ahead (landmarks 0 and 16 of 68 for the ears)."""
BOX = (1.2, 4.5)
"""Side of the box: forehead to chin is 2.6."""


@dataclass(frozen=True)
class Shape:
    """Where a face's landmarks lie to each other; see the ranges above for the attributes' meaning."""

    eyes: float
    height: float
    nose: float
    mouth: float
    mouth_tilt: float
    shear: float

    @classmethod
    def of(cls, points: NDArray[np.floating]) -> Shape | None:
        """Of landmarks [5, 2], at any place, size and roll. None where eyes coincide, or the mouth is not below them.

        A mirrored face (right eye first) has its mouth above its eyes.
        """
        at = points.astype(np.float64)
        between, mouth = at[:2].mean(axis=0), at[3:].mean(axis=0)
        across, lips = at[1] - at[0], at[4] - at[3]
        eyes = math.hypot(*across)
        if not np.isfinite(at).all() or eyes == 0.0:
            return None
        level = np.array([across, (-across[1], across[0])]) / eyes
        (right, down), (_, nose_down), (lips_right, lips_down) = (
            level @ one for one in (mouth - between, at[2] - between, lips)
        )
        if down <= 0.0:
            return None
        unit = max(eyes, math.hypot(right, down) / EYE_MOUTH)
        return cls(
            eyes=eyes / unit,
            height=down / unit,
            nose=nose_down / down,
            mouth=math.hypot(lips_right, lips_down) / unit,
            mouth_tilt=math.degrees(math.atan2(lips_down, lips_right)),
            shear=math.degrees(math.atan2(right, down)),
        )


def doubt_of(face: Face) -> Doubt | None:
    """What the landmarks and the box of an upright face say against it; None when nothing."""
    shape = Shape.of(face.landmarks)
    if shape is None or not _in_its_box(face) or not _within(shape.height, HEIGHT) or not _within(shape.nose, NOSE):
        return Doubt.UNCLEAR
    if shape.eyes < EYES:
        return Doubt.TURNED_AWAY
    level = abs(shape.mouth_tilt) <= MOUTH_TILT and abs(shape.shear) <= SHEAR
    return None if level and _within(shape.mouth, MOUTH) else Doubt.UNCLEAR


def is_turned_away(face: Face) -> bool:
    """Whether a face is seen from further aside than can be judged. False of a face without ears."""
    if face.ears is None:
        return False
    ears, nose = face.ears.astype(np.float64), face.landmarks[2].astype(np.float64)
    across = (face.landmarks[1] - face.landmarks[0]).astype(np.float64)
    half = abs((ears[1] - ears[0]) @ across) / 2
    return bool(abs((nose - ears.mean(axis=0)) @ across) > ASIDE * half)


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _in_its_box(face: Face) -> bool:
    """Whether the landmarks are in the box, and the box has a face's size beside them."""
    x, y, width, height = face.box
    inside = (face.landmarks >= (x, y)).all() and (face.landmarks <= (x + width, y + height)).all()
    across = math.dist(face.landmarks[0], face.landmarks[1])
    down = math.dist(face.between, face.landmarks[3:].mean(axis=0))
    return bool(inside) and BOX[0] <= face.side / max(across, down / EYE_MOUTH, 1e-9) <= BOX[1]
