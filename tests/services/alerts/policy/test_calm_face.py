"""A calm face's baseline: from levels while nobody hurt, and from what people at the bed said of the alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.alerts.policy.alert import Alert, AlertStatus, Outcome, Resolution
from services.alerts.policy.calm_face import BEFORE, LEAST, calm_face
from services.alerts.policy.coverage import Coverage, Span
from tests.services.alerts.nurses import ADA

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BED = "ward-1/room-1/cam-1"


def seen(begin: float, end: float, level: int | None, coverage: Coverage = Coverage.SEEN) -> Span:
    """Hours after START."""
    return Span(BED, START + begin * HOUR, START + end * HOUR, coverage, level)


def alert(begin: float, end: float | None = None, outcome: Outcome | None = None) -> Alert:
    """Resolved with an outcome, cleared without one, or open."""
    at = START + begin * HOUR
    found = Alert("a", BED, 2, AlertStatus.RAISED, at, at, at, at, at)
    if end is None:
        return found
    over = START + end * HOUR
    if outcome is None:
        return replace(found, status=AlertStatus.CLEARED, cleared_at=over)
    return replace(found, status=AlertStatus.RESOLVED, resolution=Resolution(ADA, over, outcome))


@pytest.mark.parametrize(
    ("spans", "baseline"),
    [
        ([seen(0, 10, 0)], 0),
        ([seen(0, 9, 1), seen(9, 10, 2)], 1),
        ([seen(0, 8.9, 1), seen(8.9, 10, 2)], 2),
        ([seen(0, 9.5, 0), seen(9.5, 10, 3)], 0),
        ([seen(0, 8, 2), seen(8, 10, 3)], None),
    ],
)
def test_nine_tenths_of_the_time_do_not_pass_it(spans: list[Span], baseline: int | None) -> None:
    found = calm_face(spans, [], START + 10 * HOUR)
    assert found.baseline == baseline and found.calm == 10 * HOUR
    assert sum(found.parts) == pytest.approx(1.0)
    assert bool(found.why) == (baseline is None)


def test_too_little_calm_time_suggests_nothing() -> None:
    short = calm_face([seen(0, LEAST / HOUR - 0.01, 1)], [], START + 9 * HOUR)
    assert short.baseline is None and "fewer than 2 hours" in short.why
    assert calm_face([seen(0, LEAST / HOUR, 1)], [], START + 9 * HOUR).baseline == 1
    assert calm_face([], [], START).calm == timedelta()


def test_time_without_levels_does_not_count() -> None:
    gaps = [seen(3, 9, None, Coverage.NOBODY), seen(9, 12, None, Coverage.BLIND)]
    assert calm_face([seen(0, 3, 1), *gaps], [], START + 12 * HOUR).calm == 3 * HOUR


def test_pain_is_not_calm_from_before_its_alert_to_its_end() -> None:
    spans = [seen(0, 4, 0), seen(4, 8, 2), seen(8, 10, 0)]
    for outcome in (None, Outcome.PAIN, Outcome.PAIN_TREATED, Outcome.NOT_ASSESSED):
        found = calm_face(spans, [alert(4, 8, outcome)], START + 10 * HOUR)
        assert found.baseline == 0 and found.calm == 6 * HOUR - BEFORE
    standing = calm_face(spans, [alert(4)], START + 10 * HOUR)
    assert standing.calm == 4 * HOUR - BEFORE


def test_an_alert_that_was_none_shows_how_the_calm_face_reads() -> None:
    """The face that reads 2 always: without what people said, no calm time would ever be left."""
    found = calm_face([seen(0, 8, 2)], [alert(0, 8, Outcome.NO_PAIN)], START + 8 * HOUR)
    assert found.baseline == 2 and found.calm == 8 * HOUR
