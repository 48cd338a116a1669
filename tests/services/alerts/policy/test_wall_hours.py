"""Hours and days by the wall's clock: every one of them, and no other, also where the clock is turned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.policy.wall_hours import HOUR, midnight, midnights, whole_hours

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = ("UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "Asia/Beirut")
ZONES = st.sampled_from([ZoneInfo(name) for name in NAMES])
DAYS = st.dates(date(2024, 1, 2), date(2028, 1, 1))
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 7, 1), 24)])
def test_a_day_has_the_hours_that_the_clock_shows(day: tuple[int, int, int], hours: int) -> None:
    start, end = (midnight(date(*day) + timedelta(days=number), BERLIN) for number in (0, 1))
    assert end - start == hours * HOUR
    assert len(list(whole_hours(start, end, BERLIN))) == hours + 1
    shown = [at.astimezone(BERLIN).hour for at in whole_hours(start, end, BERLIN)]
    assert shown.count(2) == {23: 0, 24: 1, 25: 2}[hours]


@given(DAYS, ZONES, st.integers(0, 1439))
def test_whole_hours_are_all_that_the_clock_shows(day: date, zone: ZoneInfo, minute: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + minute * MINUTE
    end = start + 27 * HOUR
    every = [start + number * MINUTE for number in range(27 * 60 + 1)]
    assert list(whole_hours(start, end, zone)) == [at for at in every if at.astimezone(zone).minute == 0]


@given(DAYS, ZONES)
def test_days_follow_each_other(day: date, zone: ZoneInfo) -> None:
    """Each begins where the one before ends: a moment earlier it is still that one."""
    start = midnight(day, zone)
    found = midnights(start, start + timedelta(days=8), zone)
    assert found[0] == start
    assert len(found) in (8, 9)
    for number, at in enumerate(found):
        assert at.astimezone(zone).date() == day + timedelta(days=number)
        assert (at - MINUTE).astimezone(zone).date() == day + timedelta(days=number - 1)
    assert all(timedelta(hours=23) <= two - one <= timedelta(hours=25) for one, two in pairwise(found))
