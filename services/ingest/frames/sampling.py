"""Which decoded frames are worth converting. Pure."""

from __future__ import annotations


class Sampler:
    """Takes one frame per period, the one nearest to when it is due, without drift: late ones do not push later back.

    The nearest, not the first after it: where frames come about once a period, every other one would come just too
    early and be left.
    """

    def __init__(self, period_s: float) -> None:
        if period_s <= 0:
            raise ValueError("period_s must be above 0")
        self._period_s = period_s
        self._due: float | None = None
        self._before = 0.0

    def take(self, now: float) -> bool:
        """Whether the frame that arrived at `now` (monotonic seconds) is the period's frame."""
        gap, self._before = now - self._before, now
        if self._due is None or now - self._due >= self._period_s:
            self._due = now + self._period_s
            return True
        if self._due - now < gap / 2:  # the next one will be further from it, if it comes as this one did
            self._due += self._period_s
            return True
        return False
