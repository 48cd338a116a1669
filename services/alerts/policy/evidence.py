"""One level of one camera: as it came, as it counts, and what became of it. Values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Evidence:
    """One level of one camera, as it came out of the secure path.

    level: 0..3. captured_at, published_at: when the frame was captured and the level was sent, by the sender's clock
    (aware UTC), which may be wrong. producer, sequence: the order of its origin.
    """

    level: int
    captured_at: datetime
    published_at: datetime
    producer: str
    sequence: int


@dataclass(frozen=True, slots=True)
class AppliedEvidence:
    """Applied evidence. at: its event time, by our clock: event_time.py, never before the last."""

    level: int
    at: datetime
    producer: str
    sequence: int


class Verdict(StrEnum):
    """What became of a piece of evidence. TEST: it was of a test room, and nobody's."""

    APPLIED = "applied"
    TEST = "test"
    DUPLICATE = "duplicate"
    LATE = "late"
