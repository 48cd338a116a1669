"""What a demo run came to: which painful episodes had an alert, and which alerts nobody was in pain for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from demo.summary import Truth, compare_alerts

START = datetime(2026, 1, 1, tzinfo=UTC)
TRUTH = Truth(((0.0, 0), (20.0, 3), (35.0, 0), (60.0, 3), (75.0, 0), (120.0, 0)))


def alert(raised: float, cleared: float | None) -> dict[str, object]:
    def at(seconds: float) -> str:
        return (START + timedelta(seconds=seconds)).isoformat()

    return {
        "level": 3,
        "status": "raised",
        "onset_at": at(raised - 5),
        "raised_at": at(raised),
        "cleared_at": None if cleared is None else at(cleared),
    }


def found(*alerts: dict[str, object]) -> dict[str, object]:
    return compare_alerts(alerts, TRUTH, START.timestamp(), delay_s=20.0)


def test_an_alert_for_each_episode() -> None:
    both = found(alert(28, 50), alert(68, None))
    assert both["episodes_alerted"] == 2 and both["alerts_in_calm"] == []
    assert [row["alert_after_s"] for row in both["episodes"]] == [8.0, 8.0]


def test_an_alert_that_calls_on_is_the_next_episodes_too_and_one_that_was_over_is_not() -> None:
    assert [row["alert_calls_on"] for row in found(alert(28, None))["episodes"]] == [False, True]
    assert found(alert(28, None))["episodes_alerted"] == 2
    assert found(alert(28, 59))["episodes_alerted"] == 1
    assert found()["episodes_alerted"] == 0


def test_an_alert_in_calm_is_nobodys() -> None:
    assert found(alert(5, 10), alert(28, 50))["alerts_in_calm"] == [5.0]


def test_an_alert_of_pain_too_short_to_ask_for_one_is_not_in_calm() -> None:
    short = Truth(((0.0, 0), (12.0, 3), (19.0, 0), (80.0, 0)))
    both = compare_alerts([alert(15, 50), alert(60, None)], short, START.timestamp(), delay_s=20.0)
    assert (both["episodes"], both["alerts_in_calm"]) == ([], [60.0])
