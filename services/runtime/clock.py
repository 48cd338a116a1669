"""Time, injected: a reading that never runs backwards for durations, with the wall time at the same moment.

The durations are those of the world: while a machine sleeps, or a virtual one is suspended, they go on. Linux's
CLOCK_MONOTONIC stands still then; afterwards evidence would look fresh, and the wall clock as if somebody had set it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Instant:
    """mono: seconds of a monotonic clock that counts suspension; wall: the same moment, aware, UTC."""

    mono: float
    wall: datetime

    def before(self, seconds: float) -> Instant:
        """The instant `seconds` earlier."""
        return Instant(self.mono - seconds, self.wall - timedelta(seconds=seconds))


class Clock(Protocol):
    """Reads the time; callable from any thread."""

    def now(self) -> Instant:
        """This moment."""
        ...


class SystemClock:
    """The machine's clocks: CLOCK_BOOTTIME and CLOCK_REALTIME."""

    def now(self) -> Instant:
        """This moment."""
        return Instant(time.clock_gettime(time.CLOCK_BOOTTIME), datetime.now(UTC))
