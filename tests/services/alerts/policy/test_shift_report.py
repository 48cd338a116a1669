"""A report counts what began in its time, by whoever said what it was, and what was seen meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.policy.alert import Acknowledgement, Alert, AlertStatus, Arrival, Outcome, Resolution
from services.alerts.policy.coverage import Coverage
from services.alerts.policy.shift_report import report
from tests.services.alerts.nurses import ADA

START = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
BED, CHAIR = "ward-1/room-1/bed", "ward-1/room-1/chair"


def alert(number: int, minutes: float, answer: float | None = None, outcome: Outcome | None = None) -> Alert:
    """Raised so many minutes after the start; answered, and somebody there, so many minutes later."""
    at = START + timedelta(minutes=minutes)
    come = None if answer is None else at + timedelta(minutes=answer)
    return Alert(
        id=str(number),
        camera=BED,
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
    seen = {Coverage.SEEN: timedelta(hours=3), Coverage.PAUSED: timedelta(hours=1), Coverage.BLIND: timedelta(hours=2)}
    found = report(alerts, {BED: seen, "ward-1/room-2/bed": seen}, [BED, CHAIR], START, end)
    assert [one.id for one in found.alerts] == ["2", "3", "4", "5", "6"]
    assert (found.answer.count, found.answer.middle, found.answer.longest) == (
        4,
        timedelta(minutes=3),
        timedelta(minutes=9),
    )
    assert (found.response.middle, found.response.longest) == (timedelta(minutes=4), timedelta(minutes=10))
    assert (found.unanswered, found.assessed, found.unsaid) == (1, 3, 1)
    assert found.false_rate == pytest.approx(1 / 3)
    assert found.coverage == {BED: seen, CHAIR: {}}
    assert found.unrecorded == {BED: timedelta(hours=2), CHAIR: timedelta(hours=8)}
    assert (found.total(Coverage.NOBODY), found.total(None)) == (timedelta(0), timedelta(hours=10))
    assert report(alerts, {}, [CHAIR], START, end).alerts == ()
    nothing = report([], {}, [], START, end)
    assert (nothing.false_rate, nothing.answer.middle, nothing.unanswered) == (None, None, 0)


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=40))
def test_nine_of_ten_did_not_wait_longer(minutes: list[int]) -> None:
    """The least of them of which that is so."""
    alerts = [alert(number, number, float(wait)) for number, wait in enumerate(minutes)]
    found = report(alerts, {}, [BED], START, START + timedelta(days=2)).answer
    assert found.most is not None
    waited = [timedelta(minutes=one) for one in minutes]
    assert sum(one <= found.most for one in waited) >= 0.9 * len(minutes)
    assert sum(one < found.most for one in waited) < 0.9 * len(minutes)
    assert found.longest == max(waited)
