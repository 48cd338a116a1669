"""Which frames become keyframes. Pure: no clock, no loop, no bus.

Source: SecFePAS (Batool, Anwar, Mann, SEC 2024), keyframe selection in two steps: one frame per period, then temporal
redundancy reduction on DC images (Yeo and Liu 1995; see faces.dc). A candidate is reduced when it differs too little
from the last keyframe that gave a crop. Deviations, so that reduction never hides a person:
  - a face is a small part of a picture, so the difference is also taken over the last face's place alone;
  - after max_silence_s without a keyframe the next frame is one, whatever it shows ("forced");
  - a keyframe without a crop (no face found, or not delivered) is followed by another look at the next frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from faces.dc import dc_difference
from faces.image import Picture


@dataclass(frozen=True)
class SelectionPolicy:
    """When to look, and what counts as a change.

    Attributes:
        period_s: between two periodic candidates, above 0.
        slack_s: how much earlier than that a frame may come, 0..period_s: sampled frames jitter by a video frame.
        max_silence_s: the longest time without a keyframe, at least period_s.
        retry_s: the least time between two looks when the last one gave no crop, 0..period_s.
        scene_threshold, face_threshold: grey levels per block, 0..255; a larger difference is a change.
    """

    period_s: float = 5.0
    slack_s: float = 0.1
    max_silence_s: float = 30.0
    retry_s: float = 0.5
    scene_threshold: float = 1.0
    face_threshold: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.period_s <= self.max_silence_s < math.inf:
            raise ValueError("0 < period_s <= max_silence_s is needed")
        if not (0.0 <= self.slack_s <= self.period_s and 0.0 <= self.retry_s <= self.period_s):
            raise ValueError("slack_s and retry_s must be 0..period_s")
        if not (0.0 <= self.scene_threshold <= 255.0 and 0.0 <= self.face_threshold <= 255.0):
            raise ValueError("thresholds must be 0..255")


@dataclass(frozen=True)
class Region:
    """A part of a DC image, in blocks; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, dc: Picture) -> Picture:
        """The part of `dc`; empty where the region lies outside it."""
        return dc[max(0, self.top) : max(0, self.bottom), max(0, self.left) : max(0, self.right)]


class Choice(StrEnum):
    """Why a frame is a keyframe, or why not. The first four are keyframes."""

    FIRST = "first"
    PERIODIC = "periodic"
    RETRY = "retry"
    FORCED = "forced"
    REDUCED = "reduced"
    WAITING = "waiting"


@dataclass(frozen=True)
class Selection:
    """forced: kept because of the silence, not because the picture changed; holds for its retries too."""

    choice: Choice
    forced: bool = False

    @property
    def kept(self) -> bool:
        """Whether the frame is a keyframe."""
        return self.choice not in (Choice.REDUCED, Choice.WAITING)


class Selector:
    """The keyframes of one camera. Call `observe` for every frame, and `record_outcome` after every one kept."""

    def __init__(self, policy: SelectionPolicy) -> None:
        self._policy = policy
        self._last: float | None = None
        self._since_candidate = math.inf
        self._since_kept = math.inf
        self._again = False
        self._forced = False
        self._candidate: Picture | None = None
        self._reference: Picture | None = None
        self._region: Region | None = None

    def observe(self, at: float, dc: Picture) -> Selection:
        """Judge a frame.

        Args:
            at: seconds, any origin. A step forwards makes at most one frame due; a step backwards counts as its own
                length, at most as one period, so a clock that jumps neither silences the camera nor makes a burst.
            dc: its DC image, uint8 [h, w].
        """
        self._advance(at)
        if self._candidate is None:
            return self._keep(dc, Choice.FIRST)
        if self._again and self._since_candidate >= self._policy.retry_s:
            return self._keep(dc, Choice.RETRY)
        if self._since_kept >= self._policy.max_silence_s:
            self._forced = not self._changed(dc)
            return self._keep(dc, Choice.FORCED if self._forced else Choice.PERIODIC)
        if self._since_candidate < self._policy.period_s - self._policy.slack_s:
            return Selection(Choice.WAITING)
        if self._changed(dc):
            return self._keep(dc, Choice.PERIODIC)
        self._since_candidate = 0.0
        return Selection(Choice.REDUCED)

    def record_outcome(self, *, delivered: bool, region: Region | None = None, again: bool = True) -> None:
        """What came of the frame kept last.

        Args:
            delivered: it gave a crop that was published: it is what later candidates are compared with.
            region: where its face is.
            again: without a crop, look again at the next frame rather than after a period.
        """
        self._again = again and not delivered
        if delivered:
            self._reference, self._region, self._forced = self._candidate, region, False

    def look_again(self) -> None:
        """Look at the next frame: the picture came back."""
        self._again = True

    def _advance(self, at: float) -> None:
        if self._last is not None:
            step = at - self._last
            step = step if step >= 0 else min(-step, self._policy.period_s)
            self._since_candidate += step
            self._since_kept += step
        self._last = at

    def _keep(self, dc: Picture, choice: Choice) -> Selection:
        self._since_candidate = self._since_kept = 0.0
        self._candidate = dc
        return Selection(choice, self._forced)

    def _changed(self, dc: Picture) -> bool:
        before, region = self._reference, self._region
        if before is None or before.shape != dc.shape:
            return True
        if dc_difference(before, dc) > self._policy.scene_threshold:
            return True
        if region is None or region.of(dc).size == 0:
            return False
        return dc_difference(region.of(before), region.of(dc)) > self._policy.face_threshold
