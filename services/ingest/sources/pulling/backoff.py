"""The pauses between attempts: doubled after each that failed, up to a limit, and shortened by chance.

By up to a half, so that cameras that a power cut took together are not all asked in the same moment. Pure.
"""

from __future__ import annotations

import random


class Backoff:
    """The pauses of one camera, in seconds."""

    def __init__(self, first_s: float, limit_s: float, chance: random.Random) -> None:
        self._first_s, self._limit_s, self._chance = first_s, limit_s, chance
        self._next_s = first_s

    def after_failure(self) -> float:
        """The pause now: from half of the next step to the whole of it."""
        pause = self._next_s * self._chance.uniform(0.5, 1.0)
        self._next_s = min(self._limit_s, self._next_s * 2)
        return pause

    def worked(self) -> None:
        """The camera gave pictures: begin from the first pause again."""
        self._next_s = self._first_s
