"""What a report is about: one shift, one day or one week by the ward's clock. Pure.

A day and a week begin at midnight, a week on a Monday; where the clock is turned they have an hour more or less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from services.alerts.policy.shifts import shift, shift_at
from services.alerts.policy.wall_hours import midnight

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MOMENT = timedelta(microseconds=1)


class Length(StrEnum):
    """The three."""

    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Period:
    """day: on which it begins. number: of a shift among its day's, from 0; else 0. start, end: aware, UTC."""

    length: Length
    day: date
    number: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """By what periods are told: when shifts begin, ascending, and the ward's zone."""

    starts: Sequence[time]
    zone: tzinfo

    def period(self, length: Length, day: date, number: int = 0) -> Period:
        """The one that lies at a day, of several shifts the one of that number. Raises IndexError, OverflowError."""
        if length is Length.SHIFT:
            one = shift(day, number, self.starts, self.zone)
            return Period(length, day, number, one.start, one.end)
        lasts = DAY
        if length is Length.WEEK:
            day, lasts = day - day.weekday() * DAY, WEEK
        return Period(length, day, 0, midnight(day, self.zone), midnight(day + lasts, self.zone))

    def at(self, length: Length, moment: datetime) -> Period:
        """The one that a moment lies in."""
        if length is Length.SHIFT:
            one = shift_at(moment, self.starts, self.zone)
            return Period(length, one.day, one.number, one.start, one.end)
        return self.period(length, moment.astimezone(self.zone).date())

    def before(self, one: Period) -> Period:
        """The one before."""
        return self.at(one.length, one.start - MOMENT)

    def after(self, one: Period) -> Period:
        """The one after."""
        return self.at(one.length, one.end)
