"""The only photograph of a face that installed packages bring, as cameras in rooms might show it, cut for a network."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.data import astronaut

from faces.crop import cut
from faces.detect import Detector

DRAWS = 8
"""Of what errs by chance, for each picture."""


def as_cameras_see(portrait: np.ndarray) -> dict[str, np.ndarray]:
    """A calm smile."""
    height, width = portrait.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 15, 1.0)
    dim = (np.clip(portrait * 0.45, 0, 255)).astype(np.uint8)
    return {
        "as it is": portrait,
        "mirrored": np.ascontiguousarray(portrait[:, ::-1]),
        "dim": dim,
        "bright": np.clip(portrait.astype(int) + 40, 0, 255).astype(np.uint8),
        "grey": np.dstack([cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)] * 3),
        "small": cv2.resize(portrait, (width // 2, height // 2), interpolation=cv2.INTER_AREA),
        "soft": cv2.GaussianBlur(portrait, (0, 0), 2.0),
        "turned": cv2.warpAffine(portrait, turn, (width, height), borderMode=cv2.BORDER_REPLICATE),
    }


def found_in_portrait(crop_format: str) -> dict[str, np.ndarray]:
    """Found and cut as a room does, in a plan's format: uint8 [3, 224, 224] by what was done to the picture."""
    detector, found = Detector(), {}
    for name, picture in as_cameras_see(np.asarray(astronaut())).items():
        (face, *_) = detector.detect(picture)
        found[name] = np.ascontiguousarray(cut(picture, face, crop_format).transpose(2, 0, 1))
    return found
