"""What is seen of a camera at a moment, in the four words that coverage is told by. Pure.

seen     a fresh level: how it is with the person is known.
nobody   the equipment works, and nobody is there to judge, or no face of theirs.
paused   nothing is processed, because somebody wished it so.
blind    something is broken: nothing is known, though it should be.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerts.policy.technical import NOBODY_TO_JUDGE, STOPPED, Severity, TechnicalCondition

PAUSED = STOPPED | {"ingest.no_consent", "ingest.shutter_closed"}
"""Codes of a camera that is not processed because somebody wished it so."""


class Coverage(StrEnum):
    """The four words."""

    SEEN = "seen"
    NOBODY = "nobody"
    PAUSED = "paused"
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which one camera's coverage did not change. level: 0..3 where it is SEEN, else None."""

    camera: str
    began_at: datetime
    ended_at: datetime
    coverage: Coverage
    level: int | None = None

    @property
    def lasts(self) -> timedelta:
        """How long it is."""
        return self.ended_at - self.began_at


def coverage(conditions: Iterable[TechnicalCondition], fresh: bool) -> Coverage:
    """What is seen. conditions: what is wrong with the camera; fresh: whether its newest level still counts."""
    found = list(conditions)
    codes = {one.code for one in found}
    if codes & PAUSED:
        return Coverage.PAUSED
    if fresh:
        return Coverage.SEEN
    nobody = codes & NOBODY_TO_JUDGE and not any(one.severity is Severity.ALARM for one in found)
    return Coverage.NOBODY if nobody else Coverage.BLIND


def clipped(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """The parts of spans that lie between two moments."""
    cut = (Span(one.camera, max(one.began_at, start), min(one.ended_at, end), one.coverage, one.level) for one in spans)
    return [one for one in cut if one.began_at < one.ended_at]
