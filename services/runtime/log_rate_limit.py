"""What anybody can bring about without end is said a few times a minute: else whoever reaches a port fills the disk
with log lines, or pushes all others out of a log that is kept to a size.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LINES, PERIOD_S = 20, 60.0


class LogRateLimit:
    """Thread-safe. lines: said in a period of period_s, which begins with its first."""

    def __init__(
        self, lines: int = LINES, period_s: float = PERIOD_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lines, self._period_s, self._clock = lines, period_s, clock
        self._lock = threading.Lock()
        self._began, self._said, self._left_out = -period_s, 0, 0

    def take(self) -> int | None:
        """How many were left out since the last that was said; None where this one is left out too."""
        with self._lock:
            now = self._clock()
            if now - self._began >= self._period_s:
                self._began, self._said = now, 0
            if self._said >= self._lines:
                self._left_out += 1
                return None
            self._said += 1
            left_out, self._left_out = self._left_out, 0
            return left_out
