"""The time by which alarms run: a line that follows the monotonic clock, laid on the wall clock when it starts.

Between two looks at the wall clock nothing that is done to it matters. When it was set, the line is laid on it anew,
and whoever keeps moments of the line moves them by as much: a timer keeps its length, and people read the right time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from services.runtime.clock import Clock, Instant

Now = Callable[[], datetime]
"""Reads a line of time (aware, UTC)."""
STEP = timedelta(seconds=1)
"""A difference from which on the wall clock was set; slewing moves both clocks alike."""
READINGS = 3
"""The two clocks are read one after the other, and the process may be held up between: the closest reading counts."""


class WardClock:
    """A line of time; calling it reads it (aware, UTC). It goes back only in take_step."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._laid = clock.now()

    def __call__(self) -> datetime:
        """Now, on the line."""
        return self._on_line(self._clock.now())

    def take_step(self) -> timedelta:
        """By how much the wall clock was set since the last look, zero when it was not; the line follows it."""
        readings = [self._clock.now() for _ in range(READINGS)]
        closest = min(readings, key=lambda one: abs(one.wall - self._on_line(one)))
        by = closest.wall - self._on_line(closest)
        if abs(by) < STEP:
            return timedelta(0)
        self._laid = closest
        return by

    def _on_line(self, instant: Instant) -> datetime:
        return self._laid.wall + timedelta(seconds=instant.mono - self._laid.mono)
