"""Faces in a picture, upright or turned by up to about 75 degrees: BlazeFace, on OpenCV's DNN module.

Source: V. Bazarevsky, Y. Kartynnik, A. Vakunov, K. Raveendran, M. Grundmann, "BlazeFace: Sub-millisecond Neural Face
Detection on Mobile GPUs", arXiv 1907.05047, 2019, sections 3 and 4; the network for a camera's distance. The weights
are in faces/weights, with their origin and licence.

The network sees the whole picture at 256 pixels, so that a face has few of its pixels: what it says is a place to look
at, and which way up is likely. It finds upside-down faces where there are none; see faces.confirm.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.errors import DetectionError, WeightsError
from faces.face import Face
from faces.image import Picture, require_rgb

WEIGHTS = Path(__file__).parent / "weights" / "blazeface_back.tflite"
SHA256 = "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8"
SIDE_PX = 256
OVERLAP = 0.3
"""Boxes that share more of their union are of one face, and are averaged (section 3.3)."""
STRIDES = ((16, 2), (32, 6))
"""Pixels of the input between anchors, and anchors at each place."""
OUTPUTS = ("classificators", "regressors")
LOGIT_LIMIT = 80.0
MOUTH = 0.42
"""Half a mouth over the distance between the eyes. The network gives the mouth's middle; its corners are put beside
it, in parallel to the eyes."""

Floats = NDArray[np.float32]


@cache
def _checked_weights() -> str:
    """The path. Raises WeightsError."""
    try:
        content = WEIGHTS.read_bytes()
    except OSError as error:
        raise WeightsError(WEIGHTS.name, type(error).__name__) from None
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise WeightsError(WEIGHTS.name, "not the file that this version was made with")
    return str(WEIGHTS)


@cache
def _anchors(side_px: int) -> Floats:
    """Middles of the anchors, parts of the side: float32 [N, 2], N = 896 for 256 pixels."""
    grids = []
    for stride, each in STRIDES:
        places = (np.arange(side_px // stride, dtype=np.float32) + 0.5) * stride / side_px
        rows, columns = np.meshgrid(places, places, indexing="ij")
        grids.append(np.repeat(np.stack([columns.ravel(), rows.ravel()], axis=1), each, axis=0))
    return np.concatenate(grids)


class BlazeFace:
    """The network for one size of input. Not thread safe.

    Args:
        side_px: of its input, a multiple of 32 in 96..256; smaller is cheaper and finds only larger faces.
        min_confidence: faces below it are left out, 0..1.

    Constructing one sets OpenCV to a single thread, which it only knows for the whole process.

    Raises:
        ValueError: an argument out of range.
        WeightsError: the weights' file is not there, or another one.
    """

    def __init__(self, *, side_px: int = SIDE_PX, min_confidence: float = 0.5) -> None:
        if side_px % 32 or not 96 <= side_px <= SIDE_PX:
            raise ValueError(f"side_px must be a multiple of 32 in 96..{SIDE_PX}, got {side_px}")
        if not 0.0 < min_confidence <= 1.0:
            raise ValueError(f"min_confidence must be above 0 and at most 1, got {min_confidence}")
        cv2.setNumThreads(1)
        # OpenCV's newer engine gives one output of a network with two, and is what reads a network from memory.
        self._network = cv2.dnn.readNetFromTFLite(_checked_weights(), cv2.dnn.ENGINE_CLASSIC)
        self._side = side_px
        self._min_confidence = min_confidence

    def find(self, rgb: Picture) -> list[Face]:
        """Places that look like faces, largest box first.

        Args:
            rgb: uint8 [H, W, 3].

        Raises:
            ImageError: rgb is not such an array.
            DetectionError: the network could not process it.
        """
        require_rgb(rgb)
        scale = self._side / max(rgb.shape[:2])
        height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
        corner = np.array([(self._side - width) // 2, (self._side - height) // 2], np.float32)
        square = np.full((self._side, self._side, 3), 127, np.uint8)
        small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
        square[int(corner[1]) : int(corner[1]) + height, int(corner[0]) : int(corner[0]) + width] = small
        try:
            self._network.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5, 127.5, 127.5)))
            scores, boxes = self._network.forward(OUTPUTS)
        except cv2.error:  # its message may quote pixels
            raise DetectionError(rgb.shape[0], rgb.shape[1]) from None
        faces = [_face((points * self._side - corner) / scale, score) for points, score in self._merged(scores, boxes)]
        return sorted(faces, key=lambda face: face.area, reverse=True)

    def _merged(self, scores: Floats, boxes: Floats) -> list[tuple[Floats, float]]:
        """([upper left, lower right, six points], confidence) of each face; parts of the side."""
        sure = 1 / (1 + np.exp(-np.clip(scores.reshape(-1), -LOGIT_LIMIT, LOGIT_LIMIT)))
        kept = np.flatnonzero(sure >= self._min_confidence)
        sure = sure[kept]
        pairs = boxes.reshape(-1, 8, 2)[kept] / self._side
        middle, half = pairs[:, 0] + _anchors(self._side)[kept], pairs[:, 1] / 2
        points = pairs[:, 2:] + _anchors(self._side)[kept][:, None]
        found = np.concatenate([(middle - half)[:, None], (middle + half)[:, None], points], axis=1)
        merged = []
        while len(sure):
            best = int(sure.argmax())
            same = _overlap(found, found[best]) > OVERLAP
            same[best] = True
            weights = (sure[same] / sure[same].sum())[:, None, None]
            merged.append(((found[same] * weights).sum(axis=0), float(sure[best])))
            found, sure = found[~same], sure[~same]
        return merged


def _overlap(boxes: Floats, box: Floats) -> Floats:
    """Intersection over union of each box with one, float32 [N]; rows 0 and 1 are corners."""
    shared = np.minimum(boxes[:, 1], box[1]) - np.maximum(boxes[:, 0], box[0])
    both = np.clip(shared, 0, None).prod(axis=1)
    areas, area = (boxes[:, 1] - boxes[:, 0]).prod(axis=1), (box[1] - box[0]).prod()
    part: Floats = both / np.maximum(areas + area - both, 1e-12)
    return part


def _face(points: Floats, confidence: float) -> Face:
    """Of [upper left, lower right, eye, eye, nose, mouth, ear, ear], pixels."""
    (left, top), (right, bottom), eye, other_eye, nose, mouth = points[:6].tolist()
    aside = (points[3] - points[2]) * MOUTH
    landmarks = np.array([eye, other_eye, nose, mouth - aside, mouth + aside], np.float32)
    return Face((left, top, right - left, bottom - top), landmarks, confidence, points[6:8].astype(np.float32))
