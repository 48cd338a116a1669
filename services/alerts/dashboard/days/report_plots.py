"""What the plots of a report are drawn from, as JSON for static/report_plots.js; moments as seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from services.alerts.codec import Json
from services.alerts.policy.alert import Alert, Outcome
from services.alerts.policy.period import Length, Period
from services.alerts.policy.wall_hours import midnights, whole_hours

UNSAID = "none"
KINDS = (*(one.value for one in Outcome), UNSAID)


def edges(period: Period, zone: tzinfo) -> list[datetime]:
    """Where bars begin and end: by hours of the wall's clock, of a week by days."""
    inner = midnights if period.length is Length.WEEK else whole_hours
    return sorted({period.start, *inner(period.start, period.end, zone), period.end})


def waits(alerts: Sequence[Alert], marks: Sequence[tuple[datetime, str]], period: Period) -> Json:
    """A point an alert: when it called, minutes until somebody was there (None: nobody), its level."""
    points = [
        [
            one.raised_at.timestamp(),
            None if one.arrival is None else (one.arrival.at - one.raised_at).total_seconds() / 60,
            one.level,
        ]
        for one in alerts
    ]
    return _framed(marks, period) | {"points": points}


def counts(
    alerts: Sequence[Alert], bounds: Sequence[datetime], marks: Sequence[tuple[datetime, str]], period: Period
) -> Json:
    """How many alerts came to what, by the times between bounds. counts: one list a kind, in the order of KINDS."""
    found = {kind: [0] * (len(bounds) - 1) for kind in KINDS}
    for one in alerts:
        kind = UNSAID if one.resolution is None else one.resolution.outcome.value
        place = next(n for n, (start, end) in enumerate(pairwise(bounds)) if start <= one.raised_at < end)
        found[kind][place] += 1
    return _framed(marks, period) | {"edges": [at.timestamp() for at in bounds], "counts": list(found.values())}


def _framed(marks: Sequence[tuple[datetime, str]], period: Period) -> Json:
    return {
        "start": period.start.timestamp(),
        "end": period.end.timestamp(),
        "marks": [[at.timestamp(), label] for at, label in marks],
    }
