"""A clock that tests move by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.runtime.clock import Instant

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> Instant:
    """The instant `seconds` after the start."""
    return Instant(1000.0 + seconds, START + timedelta(seconds=seconds))


class ManualClock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Instant:
        """The moment that tests set."""
        return at(self.seconds)

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.seconds += seconds
