"""From a video file to the pictures that a network takes: the face of each frame as a room's device would crop it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faces.align import align_crop
from faces.crop import grey48
from faces.detect import Detector
from faces.errors import AlignmentError, DetectionError
from faces.image import Picture
from faces.turns import Habit
from snni.errors import ParameterError
from snni.model.plan import Plan
from video.errors import UnreadableVideo
from video.file import pictures

SIZE = 224
SHAPES: dict[tuple[int, ...], Callable[[Picture], Picture]] = {
    (3, SIZE, SIZE): lambda crop: crop.transpose(2, 0, 1),
    (1, 48, 48): lambda crop: grey48(crop)[None],
}
"""How an upright crop becomes a network's input [C, H, W]."""


def video_crops(path: Path, plan: Plan, limit: int, seen: Callable[[int], None]) -> NDArray[np.uint8]:
    """The largest face of every frame, uint8 [N, C, H, W] of the plan's input, N at most ``limit``.

    A frame without a face that can be judged takes the last one that had one (at the start, the first).

    Args:
        seen: told how many frames are done.

    Raises:
        ParameterError: the file is no video, has more frames than ``limit``, shows no face that can be judged, or the
            plan takes no crop of a face.
    """
    into = SHAPES.get(tuple(plan.input_shape))
    if into is None:
        raise ParameterError(
            f"the bundle takes {plan.input_shape}; faces are cropped to {' or '.join(map(str, SHAPES))}"
        )
    detector, habit = Detector(), Habit()
    crops: list[Picture | None] = []
    try:
        for _, frame in pictures(path):
            if len(crops) == limit:
                raise ParameterError(f"{path}: more than {limit} frames; cut it, or reduce its frame rate")
            crops.append(_face(frame.to_ndarray(format="rgb24"), detector, habit))
            seen(len(crops))
    except UnreadableVideo as error:
        raise ParameterError(str(error)) from None
    last = next((crop for crop in crops if crop is not None), None)
    if last is None:
        raise ParameterError(f"{path}: no frame shows a face that can be judged")
    filled = []
    for crop in crops:
        last = last if crop is None else crop
        filled.append(into(last))
    return np.stack(filled)


def _face(rgb: Picture, detector: Detector, habit: Habit) -> Picture | None:
    try:
        best = detector.look(rgb, habit).best
        return None if best is None else align_crop(rgb, best, SIZE)
    except (DetectionError, AlignmentError):
        return None
