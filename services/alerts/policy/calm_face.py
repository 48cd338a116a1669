"""At which level a resident's calm face reads: a baseline to suggest for a plan, from levels alone. Pure.

Calm is the time in which the camera had fresh levels and no alert stood, or one of which somebody at the bed said that
there was no pain. The baseline is the lowest level that nine tenths of that time do not pass. It is a suggestion: who
knows the person sets it in a plan, with a reason and a day of review (care_plan.py); none covers level 3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.policy.alert import Alert, Outcome
from services.alerts.policy.coverage import Coverage, Span, clipped
from services.alerts.policy.thresholds import SEVERE

CALM_PART = 0.9
LEAST = timedelta(hours=2)
"""Of calm time: less says nothing of how a face usually reads."""
BEFORE = timedelta(minutes=2)
"""Pain was there before it was an alert."""


@dataclass(frozen=True, slots=True)
class CalmFace:
    """calm: how long it was watched. parts: of that time at levels 0 to 3, 0..1. baseline: 0..2; None where none is
    suggested, and why says why not."""

    calm: timedelta
    parts: tuple[float, ...]
    baseline: int | None
    why: str = ""


def calm_face(spans: Iterable[Span], alerts: Iterable[Alert], now: datetime) -> CalmFace:
    """Of one camera. spans: what was seen of it. alerts: that were raised for it meanwhile."""
    seen = [one for one in spans if one.coverage is Coverage.SEEN and one.level is not None]
    hurt = [(one.onset_at - BEFORE, one.ended_at or now) for one in alerts if not _denied(one)]
    for start, end in hurt:
        seen = [part for one in seen for part in _without(one, start, end)]
    return _of([sum((one.lasts for one in seen if one.level == level), timedelta()) for level in range(SEVERE + 1)])


def _of(lasted: Sequence[timedelta]) -> CalmFace:
    whole = sum(lasted, timedelta())
    if whole < LEAST:
        hours = LEAST / timedelta(hours=1)
        return CalmFace(whole, (0.0,) * len(lasted), None, f"fewer than {hours:g} hours of calm levels")
    parts = tuple(one / whole for one in lasted)
    level = next(level for level in range(len(parts)) if sum(parts[: level + 1]) >= CALM_PART or level == SEVERE)
    if level == SEVERE:
        return CalmFace(whole, parts, None, "the calm face reads 3 too often, which no baseline covers")
    return CalmFace(whole, parts, level)


def _denied(alert: Alert) -> bool:
    """Whether somebody at the bed said that there was no pain."""
    return alert.resolution is not None and alert.resolution.outcome is Outcome.NO_PAIN


def _without(span: Span, start: datetime, end: datetime) -> list[Span]:
    """What of a span lies before and after a time."""
    return [*clipped([span], span.began_at, min(start, span.ended_at)),
            *clipped([span], max(end, span.began_at), span.ended_at)]  # fmt: skip
