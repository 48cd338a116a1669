"""What a camera sees, as a state for the ward: a face, why none can be judged, why nothing can be seen. Pure.

dark     the mean luma is low.
covered  hardly any block differs from its neighbours, at any brightness.
frozen   picture after picture (nearly) without a difference: a real sensor has noise, also through a video codec,
         whose refreshes of a still picture are brief; so the median of the last differences decides.
A face found in a picture that counts as dark or covered proves that it is not: the camera's limits go below it.
A face that is there and cannot be judged is a state of its own, and never a level: face_turned_away, face_too_small,
face_unclear (see faces.doubt).
Any state but ok is told once something else than the told state was seen for hold_s, and at least twice; ok at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Literal

import numpy as np

from faces.dc import dc_difference
from faces.doubt import Doubt
from faces.image import Picture
from services.runtime.clock import Instant

PictureState = Literal["clear", "dark", "covered", "frozen"]
Status = Literal[
    "ok", "no_face", "several_faces", "face_turned_away", "face_too_small", "face_unclear", "dark", "covered", "frozen"
]
DOUBTS: dict[Doubt, Status] = {
    Doubt.TURNED_AWAY: "face_turned_away",
    Doubt.TOO_SMALL: "face_too_small",
    Doubt.UNCLEAR: "face_unclear",
}
EDGE_STEP = 6
"""Grey levels between neighbouring blocks that count as an edge."""
MAX_DIFFERENCES = 4096
"""That many samples within frozen_s are more than any camera gives."""
PROOF = 0.8
"""A face found at some brightness proves the picture visible down to this part of it."""


@dataclass(frozen=True)
class ViewPolicy:
    """Limits of the states.

    Attributes:
        dark_luma: a mean below it is dark, 0..255 (black is 16 in video's limited range).
        covered_edges: a share of edges below it is covered, 0..1.
        frozen_difference: a median difference up to it is frozen, grey levels per block.
        frozen_samples, frozen_s: over at least so many differences and so long, at least 2, above 0.
        hold_s: debounce, at least 0.
    """

    dark_luma: float = 32.0
    covered_edges: float = 0.01
    frozen_difference: float = 0.03
    frozen_samples: int = 10
    frozen_s: float = 10.0
    hold_s: float = 3.0


@dataclass(frozen=True)
class Measures:
    """Of one picture. dc: its DC image; luma: mean, 0..255; edges: share of neighbouring blocks that differ, 0..1."""

    dc: Picture
    luma: float
    edges: float


def measure(dc: Picture) -> Measures:
    """The measures of a DC image, uint8 [h, w] with h, w >= 2."""
    signed = dc.astype(np.int16)
    across, down = np.abs(np.diff(signed, axis=1)), np.abs(np.diff(signed, axis=0))
    edges = int((across >= EDGE_STEP).sum()) + int((down >= EDGE_STEP).sum())
    return Measures(dc, float(dc.mean()), edges / max(1, across.size + down.size))


@dataclass(frozen=True)
class ViewState:
    """since: when something else than the state before it was first seen."""

    status: Status
    since: Instant


class View:
    """The view of one camera. Call `observe_picture` for every frame, `observe_faces` for every one looked at."""

    def __init__(self, policy: ViewPolicy) -> None:
        self._policy = policy
        self._dark, self._covered = policy.dark_luma, policy.covered_edges
        self._still: deque[tuple[float, float]] = deque(maxlen=MAX_DIFFERENCES)
        self._before: Measures | None = None
        self._left: Instant | None = None
        self._seen_otherwise = 0
        self.state: ViewState | None = None
        self.picture_state: PictureState = "clear"
        self.face_count = 0

    def observe_picture(self, now: Instant, measures: Measures) -> PictureState:
        """Judge a frame's picture."""
        self._note_change(now, measures)
        if measures.luma < self._dark:
            self.picture_state = "dark"
        elif measures.edges < self._covered:
            self.picture_state = "covered"
        else:
            self.picture_state = "frozen" if self._is_frozen() else "clear"
        if self.picture_state != "clear":
            self.face_count = 0
            self._see(now, self.picture_state)
        return self.picture_state

    def observe_faces(self, now: Instant, count: int, doubt: Doubt | None = None) -> None:
        """`count` faces were found in the last picture; doubt: why there is none to crop."""
        if count and self._before is not None:
            self._dark = min(self._dark, self._before.luma * PROOF)
            self._covered = min(self._covered, self._before.edges * PROOF)
        self.face_count = count
        if count or self.picture_state == "clear":
            counted: Status = "no_face" if count == 0 else "ok" if count == 1 else "several_faces"
            self._see(now, counted if doubt is None else DOUBTS[doubt])

    def _note_change(self, now: Instant, measures: Measures) -> None:
        before, self._before = self._before, measures
        if before is None or before.dc.shape != measures.dc.shape:
            self._still.clear()
        else:
            self._still.append((now.mono, dc_difference(before.dc, measures.dc)))
            while len(self._still) > self._policy.frozen_samples and self._lasted(1) >= self._policy.frozen_s:
                self._still.popleft()

    def _lasted(self, first: int) -> float:
        return self._still[-1][0] - self._still[first][0]

    def _is_frozen(self) -> bool:
        if len(self._still) < self._policy.frozen_samples or self._lasted(0) < self._policy.frozen_s:
            return False
        return median(difference for _, difference in self._still) <= self._policy.frozen_difference

    def _see(self, now: Instant, status: Status) -> None:
        if self.state is not None and status == self.state.status:
            self._left, self._seen_otherwise = None, 0
            return
        self._left = self._left or now
        self._seen_otherwise += 1
        held = now.mono - self._left.mono >= self._policy.hold_s
        if status == "ok" or (held and self._seen_otherwise >= 2):
            self.state = ViewState(status, now if status == "ok" else self._left)
            self._left, self._seen_otherwise = None, 0
