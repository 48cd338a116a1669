"""The shifts of a day by the ward's clock, also on the days on which it is turned. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

NAMES = ("Early shift", "Late shift", "Night shift")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift. day: on which it begins; number: its place among the day's, from 0. start, end: aware, UTC."""

    day: date
    number: int
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """What it is called."""
        return NAMES[self.number]


def shift(day: date, number: int, starts: Sequence[time], zone: tzinfo) -> Shift:
    """A shift by its day and place. starts: three times of the day, ascending. Raises IndexError."""
    following = starts[number + 1] if number + 1 < len(starts) else starts[0]
    ends_on = day if number + 1 < len(starts) else day + DAY
    return Shift(day, number, _moment(day, starts[number], zone), _moment(ends_on, following, zone))


def shift_at(at: datetime, starts: Sequence[time], zone: tzinfo) -> Shift:
    """The shift that a moment lies in."""
    today = at.astimezone(zone).date()
    around = (shift(day, number, starts, zone) for day in (today, today - DAY) for number in range(len(starts)))
    return next(one for one in around if one.start <= at < one.end)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
