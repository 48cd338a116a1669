"""Consents, pauses and times of care as pure values: what stops a camera when, through every change of the clocks."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.actor import typed_name
from services.alerts.policy.consent import (
    LONGEST_REVIEW,
    REVIEW_TOLD,
    Basis,
    CameraPause,
    CareTime,
    Consent,
    Standing,
)
from services.alerts.policy.errors import ConsentError

ADA = typed_name("Ada")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = tuple(range(7))


def consent(basis: Basis = Basis.GIVEN, days: int = 90) -> Consent:
    return Consent(ADA, NOW, basis, "Mrs Weber's daughter", TODAY + timedelta(days=days))


def washing(start: time, end: time, days: tuple[int, ...] = EVERY_DAY) -> CareTime:
    return CareTime(ADA, NOW, start, end, days, "washing")


@pytest.mark.parametrize("basis", [Basis.GIVEN, Basis.BEST_INTEREST])
def test_a_consent_is_good_through_its_day_and_told_of_before(basis: Basis) -> None:
    one = consent(basis, days=30)
    standing = Standing(one)
    assert (standing.basis(one.review_on), standing.allows(one.review_on)) == (basis.value, True)
    after = one.review_on + timedelta(days=1)
    assert (standing.basis(after), standing.allows(after)) == ("review_passed", False)
    assert not one.is_due(one.review_on - REVIEW_TOLD - timedelta(days=1))
    assert one.is_due(one.review_on - REVIEW_TOLD)


def test_without_one_or_when_it_was_withdrawn_nothing_is_allowed() -> None:
    assert Standing().basis(TODAY) == "none"
    withdrawn = Standing(consent(Basis.WITHDRAWN, days=0))
    later = TODAY + timedelta(days=900)
    assert [withdrawn.basis(day) for day in (TODAY, later)] == ["withdrawn", "withdrawn"]
    assert not withdrawn.allows(TODAY)
    assert not consent(Basis.WITHDRAWN, days=0).is_due(later)


def test_what_no_consent_and_no_time_of_care_is() -> None:
    with pytest.raises(ConsentError):
        Consent(ADA, NOW, Basis.GIVEN, " ", TODAY)
    with pytest.raises(ConsentError):
        Consent(ADA, NOW, Basis.GIVEN, "x", TODAY + LONGEST_REVIEW + timedelta(days=1))
    for days in ((), (7,)):
        with pytest.raises(ConsentError):
            washing(time(7), time(8), days)
    with pytest.raises(ConsentError):
        washing(time(7), time(12))


def test_a_time_of_care_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    standing = Standing(times=(washing(time(23, 30), time(0, 30), (2,)),))  # Wednesdays
    wednesday = datetime(2026, 3, 4, tzinfo=BERLIN)
    stopped = [hour for hour in range(48) if standing.running(wednesday + timedelta(hours=hour, minutes=15), BERLIN)]
    assert stopped == [24]
    assert standing.running(wednesday + timedelta(hours=23, minutes=30), BERLIN) is not None
    assert standing.running(wednesday + timedelta(hours=24, minutes=30), BERLIN) is None


def test_where_the_clock_shows_a_time_twice_care_lasts_through_both() -> None:
    standing = Standing(times=(washing(time(2, 15), time(2, 45)),))
    (stop,) = standing.stops(datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC), BERLIN)
    assert (stop.begin, stop.end) == (
        datetime(2026, 10, 25, 0, 15, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 45, tzinfo=UTC),
    )


def test_where_the_clock_leaves_a_time_out_care_lasts_around_it() -> None:
    standing = Standing(times=(washing(time(2, 15), time(2, 45)),))
    (stop,) = standing.stops(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 3, tzinfo=UTC), BERLIN)
    assert stop.end - stop.begin == timedelta(hours=1, minutes=30)


TIMES = st.builds(
    lambda start, minutes, days: washing(
        time(start // 60, start % 60), time((start + minutes) % 1440 // 60, (start + minutes) % 60), tuple(days)
    ),
    st.integers(0, 1439),
    st.integers(1, 240),
    st.sets(st.integers(0, 6), min_size=1),
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])


@given(
    times=st.lists(TIMES, max_size=8),
    zone=ZONES,
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    pause=st.tuples(st.integers(-600, 600), st.integers(1, 600)),
)
def test_what_runs_at_a_moment_is_among_the_stops_of_every_time_around_it(
    times: list[CareTime], zone: str, at: datetime, pause: tuple[int, int]
) -> None:
    where = ZoneInfo(zone)
    begun = at + timedelta(minutes=pause[0])
    stopping = CameraPause(ADA, begun, begun + timedelta(minutes=pause[1]), "visit")
    standing = Standing(pause=stopping, times=tuple(times))
    local = at.astimezone(where)
    by_the_wall = any(
        datetime.combine(day, one.start) <= local.replace(tzinfo=None) < datetime.combine(day, one.start) + one.lasts
        for one in times
        for day in (local.date(), local.date() - timedelta(days=1))
        if day.weekday() in one.days
    )
    paused = stopping.at <= at < stopping.until
    running = standing.running(at, where)
    if by_the_wall or paused:
        assert running is not None
    if running is not None:
        assert running.begin <= at < running.end
        around = standing.stops(at - timedelta(hours=1), at + timedelta(hours=1), where)
        assert any(one.begin <= at < one.end for one in around)
        assert all(before.end < after.begin for before, after in itertools.pairwise(around))


def test_a_review_day_is_a_day_of_the_ward() -> None:
    assert Standing(consent(days=0)).allows(date(2026, 3, 4))
    assert not Standing(consent(days=0)).allows(date(2026, 3, 5))
