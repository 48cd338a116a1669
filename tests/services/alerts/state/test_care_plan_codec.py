"""Plans as texts: what is taken never stops the timers, and comes back from JSON as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.care_plan import CarePlan, planned
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.errors import PlanError
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.thresholds import Thresholds
from services.alerts.state.care_plan_codec import decode_plan, encode_plan
from tests.services.alerts.nurses import ADA

START = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
NUMBERS = st.sampled_from(
    ["", "0", "1", "2", "3", "5", "60", "3600", "-1", "nan", "inf", "-inf", "1e400", "0.0", "1e-300"]
)
QUIET = [
    "",
    "22:00-06:00",
    "22:00+02:00-06:00",
    "22:00:30-06:00",
    "22-6",
    "00:00-00:00",
    "T22:00-06:00Z",
    "a-b",
    "22:00",
]


def texts(**fields: str) -> dict[str, object]:
    return {"reason": "Her calm face reads 1", "review_on": "2026-06-01"} | fields


def lives(plan: CarePlan) -> None:
    """Somebody hurts under the plan for two hours, unanswered."""
    policy = AlertPolicy(planned(Thresholds(), plan), plan.quiet, UTC)
    state = AlarmState("ward/room/camera")
    for number in range(0, 7200, 600):
        now = START + timedelta(seconds=number)
        for level in (2, 3):
            evidence = Evidence(level, now, now, "p", 2 * number + level)
            state = policy.observe(state, evidence, now).state
        state = policy.advance(state, now + timedelta(seconds=30)).state
    assert state.alert is not None
    assert state.alert.signals > 1


@given(st.fixed_dictionaries({name: NUMBERS for name in ("repeat_s", "widen_after_s", "raise_level", "baseline")}),
       st.sampled_from(QUIET))  # fmt: skip
def test_what_is_taken_never_stops_the_timers(fields: dict[str, str], quiet: str) -> None:
    try:
        plan = decode_plan(texts(**fields, quiet=quiet), ADA, START)
    except PlanError:
        return
    lives(plan)
    again = decode_plan(json.loads(json.dumps(encode_plan(plan))), ADA, START)
    assert again == replace(plan)


@pytest.mark.parametrize(
    "wrong",
    [{"repeat_s": "nan"}, {"widen_after_s": "nan"}, {"quiet": "22:00+02:00-06:00"}, {"quiet": "22:00:30-06:00"}],
)
def test_no_number_and_no_time_of_the_wall_is_no_plan(wrong: dict[str, str]) -> None:
    with pytest.raises(PlanError):
        decode_plan(texts(**wrong), ADA, START)
