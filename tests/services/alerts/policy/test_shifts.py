"""Shifts follow the ward's clock through both changes of the hour; a report counts what happened in one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.policy.shifts import shift, shift_at

STARTS = (time(6), time(14), time(22))
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")])
MOMENTS = st.datetimes(datetime(2024, 1, 2), datetime(2028, 1, 1), timezones=st.just(UTC))
START = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 7), ((2026, 10, 24), 9), ((2026, 7, 1), 8)])
def test_a_night_is_as_long_as_the_clock_makes_it(day: tuple[int, int, int], hours: int) -> None:
    night = shift(date(*day), 2, STARTS, BERLIN)
    assert night.end - night.start == timedelta(hours=hours)
    assert night.start.astimezone(BERLIN).hour == 22
    assert night.end.astimezone(BERLIN).hour == 6


@given(MOMENTS, ZONES)
def test_every_moment_lies_in_one_shift(at: datetime, zone: ZoneInfo) -> None:
    one = shift_at(at, STARTS, zone)
    assert one.start <= at < one.end
    assert shift(one.day, one.number, STARTS, zone) == one
