"""What a plot of a camera's levels is drawn from, as JSON for static/level_plot.js, and the same as a table's rows.

Marks of the time axis are made here, by the ward's zone: browsers' own do not know its days of 23 and 25 hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from services.alerts.codec import Json
from services.alerts.policy.alert import Alert
from services.alerts.policy.course import Step, even, merged, runs
from services.alerts.policy.coverage import Coverage
from services.alerts.policy.wall_hours import midnights, whole_hours

DAY = timedelta(days=1)
UNRECORDED = "unrecorded"


@dataclass(frozen=True, slots=True)
class Look:
    """How far a page looks back. days: how many; step: of the plot."""

    days: int
    step: timedelta

    def edges(self, now: datetime) -> list[datetime]:
        """Where the plot's steps begin and end."""
        return even(now - self.days * DAY, now, self.step)

    def row_edges(self, now: datetime, zone: tzinfo) -> list[datetime]:
        """Where the table's rows do: by hours of one day, by days of several; the first and the last may be shorter."""
        start = now - self.days * DAY
        inner = whole_hours(start, now, zone) if self.days == 1 else midnights(start, now, zone)
        return [start, *(at for at in inner if start < at < now), now]


LOOKS = {1: Look(1, timedelta(minutes=1)), 7: Look(7, timedelta(minutes=10))}


def all_edges(look: Look, now: datetime, zone: tzinfo) -> list[datetime]:
    """Edges of the plot's and of the table's steps together."""
    return sorted({*look.edges(now), *look.row_edges(now, zone)})


def rows(look: Look, steps: Sequence[Step], now: datetime, zone: tzinfo) -> list[Step]:
    """The table's rows, the newest first."""
    return merged(steps, look.row_edges(now, zone))[::-1]


def plot(steps: Sequence[Step], alerts: Sequence[Alert], marks: Sequence[tuple[datetime, str]]) -> Json:
    """Runs of levels and of gaps, alerts and marks of the axis; moments as seconds since 1970."""
    told = runs(steps)
    return {
        "start": steps[0].start.timestamp(),
        "end": steps[-1].end.timestamp(),
        "runs": [[one[0].timestamp(), one[1].timestamp(), _said(one[2])] for one in told],
        "alerts": [_mark(one) for one in alerts],
        "marks": [[at.timestamp(), label] for at, label in marks],
    }


def _said(told: int | Coverage | None) -> int | str:
    return UNRECORDED if told is None else told if isinstance(told, int) else told.value


def _mark(alert: Alert) -> list[float | None]:
    """When it was raised and when it ended, its level, when somebody was there."""
    ended, arrival = alert.ended_at, alert.arrival
    return [
        alert.raised_at.timestamp(),
        None if ended is None else ended.timestamp(),
        alert.level,
        None if arrival is None else arrival.at.timestamp(),
    ]
