"""Which decoded frames are worth converting. Pure."""

from __future__ import annotations


class Sampler:
    """Takes one frame per period, without drift: late frames do not push later ones back."""

    def __init__(self, period_s: float) -> None:
        if period_s <= 0:
            raise ValueError("period_s must be above 0")
        self._period_s = period_s
        self._due: float | None = None

    def take(self, now: float) -> bool:
        """Whether the frame that arrived at `now` (monotonic seconds) is the period's frame."""
        if self._due is None or now - self._due >= self._period_s:
            self._due = now + self._period_s
            return True
        if now >= self._due:
            self._due += self._period_s
            return True
        return False
