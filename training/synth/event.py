"""A movement that comes, stays and goes: onset, apex, offset, as the literature on facial expression has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.synth.units import Movement


@dataclass(frozen=True)
class Event:
    """A movement that grows during onset_s, holds for apex_s and fades during offset_s (seconds, each above 0).

    `flutter` makes the apex swell and ebb: 0 (still) .. 1; `words` opens and closes the jaw as speech does, `chews` as
    eating does; `turn` (radians) turns the head, more is to the picture's right; `hand` is one of hands.GESTURES that
    comes to the face, from `side` (-1: the picture's left, 1).
    """

    start_s: float
    onset_s: float
    apex_s: float
    offset_s: float
    movement: Movement
    flutter: float = 0.0
    words: bool = False
    chews: bool = False
    turn: float = 0.0
    hand: str = ""
    side: float = 1.0

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.onset_s + self.apex_s + self.offset_s

    def course_at(self, t: float) -> float:
        """How far it has come at t, 0..1: of the head's turn and the hand, which do not flutter."""
        if not self.start_s < t < self.end_s:
            return 0.0
        return min(_ease((t - self.start_s) / self.onset_s), _ease((self.end_s - t) / self.offset_s))

    def amount_at(self, t: float) -> float:
        """How much of the movement is seen at t, 0..1."""
        swell = 1 - self.flutter * 0.5 * (1 - np.cos(2 * np.pi * (t - self.start_s) / 7.3))
        words = 0.5 * (1 - np.cos(2 * np.pi * 2.3 * t)) * (0.6 + 0.4 * np.sin(1.7 * t)) if self.words else 1.0
        words *= 0.25 + 0.375 * (1 - np.cos(2 * np.pi * 1.35 * t)) if self.chews else 1.0
        return float(self.course_at(t) * swell * words)


def _ease(part: float) -> float:
    part = min(1.0, max(0.0, part))
    return part * part * (3 - 2 * part)
