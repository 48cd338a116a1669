"""The pictures' part: luma, DC image, faces, crop. All of it runs in one thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import cv2
import numpy as np

from faces.crop import cut
from faces.dc import BLOCK_PX, dc_image
from faces.detect import Detector, anywhere
from faces.doubt import Doubt
from faces.errors import FaceError
from faces.face import Face
from faces.image import Picture
from faces.turns import Habit
from services.bus.messages import FrameMessage
from services.bus.models import CropFormat
from services.keyframe.errors import ExamineError
from services.keyframe.selector import Region
from services.keyframe.view import Measures, measure
from services.runtime.clock import Clock
from services.site.outline import Outline, contains

T = TypeVar("T")
LONGEST_S = 30.0
"""A frame that takes longer has hung the thread."""
TURNS_A_LOOK = 2
"""Turns of a picture tried in a look: the camera's usual one and another; three looks see them all."""


@dataclass(frozen=True)
class Crop:
    """uint8, rows first, channels last."""

    format: CropFormat
    width: int
    height: int
    channels: int
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Sighting:
    """What a look at a frame gave. crop, region and confidence belong to the largest face.

    faces: how many there are, also turned away.
    doubt: why the largest gives no crop, or what looks like a face is none.
    crop: None without a face that can be judged.
    region: the face's place in the DC image; None without a crop.
    """

    faces: int
    doubt: Doubt | None
    crop: Crop | None
    region: Region | None
    confidence: float


def luma_of(frame: FrameMessage) -> Picture:
    """uint8 [H, W]: the Y plane, without a copy."""
    return np.frombuffer(frame.data, np.uint8, frame.width * frame.height).reshape(frame.height, frame.width)


def rgb_of(frame: FrameMessage) -> Picture:
    """uint8 [H, W, 3], from I420 in limited range (ITU-R BT.601)."""
    planes = np.frombuffer(frame.data, np.uint8).reshape(frame.height * 3 // 2, frame.width)
    rgb: Picture = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
    return rgb


def region_of(face: Face) -> Region:
    """The blocks that a face's box touches."""
    x, y, width, height = face.box
    end_x, end_y = int(x + width), int(y + height)
    return Region(int(x) // BLOCK_PX, int(y) // BLOCK_PX, -(-end_x // BLOCK_PX), -(-end_y // BLOCK_PX))


def crop_of(rgb: Picture, face: Face, crop_format: CropFormat) -> Crop:
    """The aligned face in the camera's format. Raises AlignmentError."""
    crop = cut(rgb, face, crop_format)
    return Crop(crop_format, crop.shape[1], crop.shape[0], 1 if crop.ndim == 2 else crop.shape[2], crop.tobytes())


def _eyes_within(bed: Outline, width: int, height: int, face: Face) -> bool:
    """Whether the point between a face's eyes lies within the outline, in a picture of this size."""
    x, y = face.between
    return contains(bed, x / width, y / height)


class Examiner:
    """Owns the detector and the thread."""

    def __init__(self, clock: Clock, *, min_face_px: int, min_confidence: float) -> None:
        self._clock = clock
        self._detector = Detector(min_face_px=min_face_px, min_confidence=min_confidence)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="examiner")
        self._begun: float | None = None

    async def measure(self, frame: FrameMessage) -> tuple[Measures, float]:
        """The measures of a frame, and the seconds of work. Raises ExamineError."""
        return await self._run(lambda: measure(dc_image(luma_of(frame))))

    async def look(
        self, frame: FrameMessage, crop_format: CropFormat, habit: Habit, bed: Outline | None = None
    ) -> tuple[Sighting, float]:
        """The faces of a frame, and the seconds of work. Raises ExamineError.

        Args:
            habit: the camera's; it learns.
            bed: faces whose eyes are outside it do not count; None: all do.
        """
        return await self._run(lambda: self._look(frame, crop_format, habit, bed))

    @property
    def alive(self) -> bool:
        """False when one frame has held the thread for longer than LONGEST_S."""
        begun = self._begun
        return begun is None or self._clock.now().mono - begun < LONGEST_S

    def close(self) -> None:
        """Start nothing more; what runs is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self, frame: FrameMessage, crop_format: CropFormat, habit: Habit, bed: Outline | None) -> Sighting:
        rgb = rgb_of(frame)
        within = anywhere if bed is None else partial(_eyes_within, bed, frame.width, frame.height)
        look = self._detector.look(rgb, habit, TURNS_A_LOOK, within)
        if look.best is None:
            return Sighting(look.count, look.doubt, None, None, 0.0)
        crop = crop_of(rgb, look.best, crop_format)
        return Sighting(look.count, None, crop, region_of(look.best), min(1.0, look.best.confidence))

    async def _run(self, work: Callable[[], T]) -> tuple[T, float]:
        def timed() -> tuple[T, float]:
            self._begun = begun = self._clock.now().mono
            try:
                return work(), self._clock.now().mono - begun
            finally:
                self._begun = None

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, timed)
        except (FaceError, cv2.error, ValueError, IndexError, ArithmeticError) as error:
            raise ExamineError(type(error).__name__) from None
