"""Shifts, days and weeks of reports: every moment lies in one, each ends where the next begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.policy.period import Calendar, Length

STARTS = (time(6), time(14), time(22))
NAMES = ("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago")
ZONES = st.sampled_from([ZoneInfo(name) for name in NAMES])
MOMENTS = st.datetimes(datetime(2024, 1, 2), datetime(2028, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, ZONES, st.sampled_from(Length))
def test_periods_follow_each_other(at: datetime, zone: ZoneInfo, length: Length) -> None:
    calendar = Calendar(STARTS, zone)
    one = calendar.at(length, at)
    assert one.start <= at < one.end
    assert calendar.period(length, one.day, one.number) == one
    assert calendar.after(one).start == one.end
    assert calendar.before(one).end == one.start
    assert calendar.after(calendar.before(one)) == one


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 7, 1), 24)])
def test_days_and_weeks_are_as_long_as_the_clock_makes_them(day: tuple[int, int, int], hours: int) -> None:
    calendar = Calendar(STARTS, ZoneInfo("Europe/Berlin"))
    one, week = (calendar.period(length, date(*day)) for length in (Length.DAY, Length.WEEK))
    assert one.end - one.start == timedelta(hours=hours)
    assert week.end - week.start == timedelta(hours=6 * 24 + hours)
    assert week.day.weekday() == 0
    assert week.start <= one.start < one.end <= week.end
