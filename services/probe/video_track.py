"""A video file as a camera's track."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
from aiortc import MediaStreamError, MediaStreamTrack

from video.errors import VideoError
from video.file import pictures

CLOCK_HZ = 90_000
TIME_BASE = Fraction(1, CLOCK_HZ)


class Told(Protocol):
    """Hears what a track does."""

    def __call__(self, event: str, **fields: str | int | float) -> None: ...


def silent(event: str, **fields: str | int | float) -> None:
    """Hears nothing."""


class VideoFileTrack(MediaStreamTrack):  # type: ignore[misc]  # aiortc says nothing of its types
    """A file's pictures at the speed of life, once or again and again. `finished` is set after the last one.

    told: of its first frame (`first_frame_at`, the moment of second 0) and of every new round (`video_s`).
    """

    kind = "video"

    def __init__(self, video: Path, fps: float, loop: bool, told: Told = silent) -> None:
        super().__init__()
        self._told = told
        self._video, self._fps, self._loop = video, fps, loop
        self._pictures = pictures(video, fps)
        self._round_s = 0.0
        self._last_s = 0.0
        self._started: float | None = None
        self.frames = 0
        self.unreadable = False
        self.finished = asyncio.Event()

    async def recv(self) -> av.VideoFrame:
        """The next picture, when its time has come. Raises MediaStreamError after the last one."""
        found = self._next()
        if found is None and self._loop and self.frames and not self.unreadable:
            self._round_s = self._last_s + 1 / self._fps
            self._told("again", video_s=self._round_s)
            self._pictures = pictures(self._video, self._fps)
            found = self._next()
        if found is None:
            self.finished.set()
            raise MediaStreamError
        self._last_s = self._round_s + found[0]
        await self._wait(self._last_s)
        frame = found[1]
        frame.pts, frame.time_base = int(self._last_s * CLOCK_HZ), TIME_BASE
        self.frames += 1
        return frame

    def _next(self) -> tuple[float, av.VideoFrame] | None:
        try:
            return next(self._pictures, None)
        except VideoError:
            self.unreadable = True
            return None

    async def _wait(self, seconds: float) -> None:
        if self._started is None:
            self._started = time.monotonic() - seconds
            self._told("first_frame", first_frame_at=time.time() - seconds)
        await asyncio.sleep(max(0.0, self._started + seconds - time.monotonic()))
