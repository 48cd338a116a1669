"""The last seconds of each camera's crops, in memory alone: what a clip is made of. Bounded, and wiped by age.

Nothing here asks for consent: a camera that may not be processed, or is paused, sends no crop, and what it sent before
is wiped when its time is over, whether or not anything comes after it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

MOST_CROPS = 64
"""Of one camera; the oldest goes first."""
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class KeptCrop:
    """A copy of a crop's pixels, uint8 [C, H, W]. mono: when it was kept, by a monotonic clock. No repr shows them."""

    mono: float
    captured_at: datetime
    pixels: Picture = field(repr=False)

    def wipe(self) -> None:
        """Nothing of the picture is left where it was."""
        self.pixels.fill(0)


class RecentCrops:
    """length_s: how long one is kept."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._kept: dict[str, deque[KeptCrop]] = {}

    def keep(self, camera: str, captured_at: datetime, pixels: Picture, mono: float) -> None:
        """Add the newest of a camera."""
        kept = self._kept.setdefault(camera, deque())
        kept.append(KeptCrop(mono, captured_at, pixels.copy()))
        while len(kept) > MOST_CROPS:
            kept.popleft().wipe()

    def forget(self, mono: float) -> None:
        """Wipe what is older than the length at this moment."""
        for camera, kept in list(self._kept.items()):
            while kept and mono - kept[0].mono >= self._length_s:
                kept.popleft().wipe()
            if not kept:
                del self._kept[camera]

    def of(self, camera: str, mono: float) -> list[KeptCrop]:
        """What is there of a camera, the oldest first; none that is too old."""
        self.forget(mono)
        return list(self._kept.get(camera, ()))

    def clear(self) -> None:
        """Wipe all."""
        self.forget(float("inf"))


def as_video(kept: list[KeptCrop], frames: int, length_s: float, mono: float) -> Picture:
    """Crops as a video of the seconds before `mono`, uint8 [frames, C, H, W]: at each moment the newest one by then.

    Moments before the first crop show the first. kept: one at least, the oldest first.
    """
    moments = [mono - length_s + (at + 1) * length_s / frames for at in range(frames)]
    shown = [
        max((one for one in kept if one.mono <= moment), key=lambda one: one.mono, default=kept[0])
        for moment in moments
    ]
    return np.stack([one.pixels for one in shown])
