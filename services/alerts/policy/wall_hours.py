"""Hours and days by a clock on the wall, also where it is turned: a day may have 23 or 25 of them. Pure.

Moments are aware; what is given back is UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

HOUR = timedelta(hours=1)


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins; where its clock shows no midnight, when it is turned over it."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def midnights(start: datetime, end: datetime, zone: tzinfo) -> list[datetime]:
    """The beginnings of days between two moments, both of them included."""
    first, last = (at.astimezone(zone).date() for at in (start, end))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [at for day in days if start <= (at := midnight(day, zone)) <= end]


def whole_hours(start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The moments between two at which the clock shows a whole hour, both of them included.

    An hour that it shows twice is there twice, one that it leaps over is not.
    """
    at = start.astimezone(UTC)
    while at <= end:
        local = at.astimezone(zone)
        gone = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        if not gone:
            yield at
        at += HOUR - gone
