"""Ended alerts: the newest whole, every older one still known to have ended, in few bytes."""

from __future__ import annotations

import sys
from array import array
from datetime import UTC, datetime, timedelta

from services.alerts.audit.ended_alerts import EndedAlerts
from services.alerts.policy.alert import Alert, AlertStatus

AT = datetime(2026, 3, 1, 8, 0, 0, 123457, tzinfo=UTC)


def ended(number: int) -> Alert:
    at = AT + timedelta(minutes=number)
    return Alert(
        id=f"{number:020x}",
        camera="ward-1/room-1/cam-room-1",
        level=2,
        status=AlertStatus.CLEARED,
        onset_at=at,
        raised_at=at,
        changed_at=at,
        signalled_at=at,
        calling_since=at,
        cleared_at=at + timedelta(seconds=30),
    )


def test_what_is_not_whole_any_more_is_still_known() -> None:
    alerts = EndedAlerts(kept_whole=3)
    for number in range(10):
        alerts.add(ended(number))
    assert alerts.newest(2) == [ended(9), ended(8)]
    assert [alerts.whole(ended(number).id) is None for number in range(10)] == [True] * 7 + [False] * 3
    for number in range(10):
        assert ended(number).id in alerts
        assert alerts.ended_at(ended(number).id) == ended(number).cleared_at
    assert ended(10).id not in alerts
    assert alerts.ended_at(ended(10).id) is alerts.whole(ended(10).id) is None


def test_what_is_written_of_an_older_one_afterwards_is_known_whole() -> None:
    alerts = EndedAlerts(kept_whole=1)
    for number in (0, 1, 0, 2):
        alerts.add(ended(number))
    assert alerts.newest(9) == [ended(2)]
    assert all(ended(number).id in alerts for number in range(3))


def test_a_year_of_alerts_takes_little() -> None:
    """A hundred alerts a day for ten years are 16 bytes each."""
    alerts, count = EndedAlerts(kept_whole=0), 3650
    for number in range(count):
        alerts.add(ended(number))
    arrays = [value for value in vars(alerts).values() if isinstance(value, array)]
    assert sum(len(one) * one.itemsize for one in arrays) == 16 * count
    assert sum(sys.getsizeof(one) for one in arrays) < 2 * 16 * count
    assert vars(alerts)["_whole"] == {}
