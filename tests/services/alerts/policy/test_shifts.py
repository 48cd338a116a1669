"""Shifts follow the ward's clock through both changes of the hour; a report counts what happened in one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.policy.alert import Acknowledgement, Alert, AlertStatus, Arrival, Outcome, Resolution
from services.alerts.policy.shift_report import report
from services.alerts.policy.shifts import after, before, shift, shift_at
from services.alerts.policy.sight import Sight, Span
from tests.services.alerts.nurses import ADA

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
def test_every_moment_lies_in_one_shift_and_shifts_follow_each_other(at: datetime, zone: ZoneInfo) -> None:
    one = shift_at(at, STARTS, zone)
    assert one.start <= at < one.end
    assert shift(one.day, one.number, STARTS, zone) == one
    assert after(one, STARTS, zone).start == one.end
    assert before(one, STARTS, zone).end == one.start
    assert after(before(one, STARTS, zone), STARTS, zone) == one


def alert(number: int, minutes: float, answer: float | None = None, outcome: Outcome | None = None) -> Alert:
    """Raised so many minutes after the start; answered, and somebody there, so many minutes later."""
    at = START + timedelta(minutes=minutes)
    come = None if answer is None else at + timedelta(minutes=answer)
    return Alert(
        id=str(number),
        camera="ward-1/room-1/bed",
        level=2,
        status=AlertStatus.RAISED if come is None else AlertStatus.RESOLVED,
        onset_at=at,
        raised_at=at,
        signalled_at=at,
        calling_since=at,
        changed_at=at,
        ack=come and Acknowledgement(ADA, come, come),
        arrival=come and Arrival(ADA, come + timedelta(minutes=1), come),
        resolution=None if outcome is None or come is None else Resolution(ADA, come, outcome),
    )


def test_a_report_counts_what_began_in_the_shift() -> None:
    end = START + timedelta(hours=8)
    alerts = [
        alert(1, -1, 1, Outcome.NO_PAIN),
        alert(2, 0, 2, Outcome.NO_PAIN),
        alert(3, 10, 4, Outcome.PAIN_TREATED),
        alert(4, 20, 9, Outcome.PAIN),
        alert(5, 30, 1, Outcome.NOT_ASSESSED),
        alert(6, 40),
        alert(7, 480, 1, Outcome.NO_PAIN),
    ]
    spans = [
        Span("bed", START - timedelta(hours=1), START + timedelta(hours=3), Sight.SEEN, 0),
        Span("bed", START + timedelta(hours=3), START + timedelta(hours=4), Sight.PAUSED),
        Span("bed", START + timedelta(hours=6), START + timedelta(hours=10), Sight.BLIND),
    ]
    found = report(alerts, spans, ["bed", "chair"], START, end)
    assert [one.id for one in found.alerts] == ["2", "3", "4", "5", "6"]
    assert (found.answer.count, found.answer.middle, found.answer.longest) == (
        4,
        timedelta(minutes=3),
        timedelta(minutes=9),
    )
    assert (found.response.middle, found.response.longest) == (timedelta(minutes=4), timedelta(minutes=10))
    assert (found.unanswered, found.assessed) == (1, 3)
    assert found.false_rate == pytest.approx(1 / 3)
    assert found.coverage["bed"] == {
        Sight.SEEN: timedelta(hours=3),
        Sight.PAUSED: timedelta(hours=1),
        Sight.BLIND: timedelta(hours=2),
    }
    assert found.unrecorded == {"bed": timedelta(hours=2), "chair": timedelta(hours=8)}
    assert found.total(Sight.NOBODY) == timedelta(0)
    nothing = report([], [], [], START, end)
    assert (nothing.false_rate, nothing.answer.middle, nothing.unanswered) == (None, None, 0)
