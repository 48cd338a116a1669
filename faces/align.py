"""From a picture and a face to a square crop: eyes level, face upright, always the same place and size.

The similarity transform (rotation, one scale, translation) is fixed by the landmarks alone: the line through the eyes
becomes horizontal, the point between them goes to a fixed place, and the face's unit length gets a fixed size. The unit
is the distance between the eyes or, for a face turned to the side whose eyes come close together, the distance from
eyes to mouth divided by EYE_MOUTH: whichever is longer, since turning a head shortens only one of them.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.errors import AlignmentError
from faces.face import Face
from faces.image import Picture, require_rgb
from faces.plausible import EYE_MOUTH

FACE_UNITS = 2.6
"""Side of the square around a face, forehead to chin, over the distance between its eyes."""
EYE_HEIGHT = 0.4
"""Where in that square the eyes are, from its top."""
MARGIN = 0.15
"""Default margin on each side, as a part of that square's side."""


def eye_places(size: int = 224, margin: float = MARGIN) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where align_crop puts the eyes of a face seen from the front: left and right of the picture, (x, y) in pixels."""
    half = size / (FACE_UNITS * (1 + 2 * margin)) / 2
    y = size * (margin + EYE_HEIGHT) / (1 + 2 * margin)
    return (size / 2 - half, y), (size / 2 + half, y)


def alignment(face: Face, size: int = 224, margin: float = MARGIN) -> NDArray[np.float64]:
    """The similarity transform from the picture to the crop.

    Returns:
        float64 [2, 3]: crop = matrix @ (x, y, 1), in pixels of the crop.

    Raises:
        AlignmentError: the landmarks are not finite, or closer together than two pixels.
        ValueError: size or margin out of range (size 16..1024, margin 0..1).
    """
    if not 16 <= size <= 1024 or not 0.0 <= margin <= 1.0:
        raise ValueError(f"size must be 16..1024 and margin 0..1, got {size} and {margin}")
    points = face.landmarks.astype(np.float64)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise AlignmentError("five finite landmarks are needed")
    between = points[0:2].mean(axis=0)
    across = points[1] - points[0]
    unit = max(math.dist(points[0], points[1]), math.dist(between, points[3:5].mean(axis=0)) / EYE_MOUTH)
    if unit < 2.0 or not across.any():
        raise AlignmentError("the landmarks do not span a face")
    (left, eye_y), (right, _) = eye_places(size, margin)
    scale = (right - left) / unit
    cos, sin = across / math.hypot(*across) * scale
    turn = np.array([[cos, sin], [-sin, cos]])
    shift = np.array([size / 2, eye_y]) - turn @ between
    return np.column_stack([turn, shift])


def align_crop(rgb: Picture, face: Face, size: int = 224, margin: float = MARGIN) -> Picture:
    """The face, upright, eyes level, with a margin.

    Args:
        rgb: uint8 [H, W, 3], the picture the face was found in.
        face: its landmarks are used, its box is not.
        size: side of the crop in pixels, 16..1024.
        margin: on each side, as a part of the side of the square from forehead to chin, 0..1.

    Returns:
        uint8 [size, size, 3] RGB; outside the picture its edge pixels are repeated.

    Raises:
        ImageError, AlignmentError, ValueError: as require_rgb and alignment say.
    """
    require_rgb(rgb)
    matrix = alignment(face, size, margin)
    picture, matrix = _reduced(rgb, matrix)
    crop: Picture = cv2.warpAffine(
        picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return crop


def _reduced(rgb: Picture, matrix: NDArray[np.float64]) -> tuple[Picture, NDArray[np.float64]]:
    """Shrink by a whole factor before a warp that shrinks at least so much: bilinear sampling alone would alias."""
    factor = int(1 / math.hypot(matrix[0, 0], matrix[0, 1]))
    if factor < 2:
        return rgb, matrix
    height, width = rgb.shape[0] // factor, rgb.shape[1] // factor
    if not height or not width:
        return rgb, matrix
    small: Picture = cv2.resize(rgb[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)
    # Pixel centres: x = factor * x_small + (factor - 1) / 2.
    centre = np.full(2, (factor - 1) / 2)
    turn = matrix[:, :2]
    return small, np.column_stack([turn * factor, matrix[:, 2] + turn @ centre])
