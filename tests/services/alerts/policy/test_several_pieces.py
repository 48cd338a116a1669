"""A plan's k of n pieces that raise."""

import pytest

from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.thresholds import Thresholds
from tests.services.alerts.policy.bed import at


def several(pieces: int, among: int = 0) -> AlertPolicy:
    return AlertPolicy(Thresholds(raise_pieces=pieces, raise_among=among, repeat_window_s=40))


@pytest.mark.parametrize(
    ("pieces", "among", "levels", "raised_by"),
    [
        (1, 0, [2], 1),
        (2, 0, [2, 0, 2], 3),
        (3, 0, [2, 0, 2, 2], 4),
        (3, 0, [2, 2, 2], 3),
        (3, 4, [2, 0, 2, 2], 4),
        (3, 3, [2, 0, 2, 2], None),
        (3, 3, [0, 2, 2, 2], 4),
        (5, 0, [3, 0, 3], 3),
        (5, 0, [2, 0, 3], 3),
        (5, 0, [2, 2, 2, 2], None),
    ],
)
def test_k_of_n_pieces_raise_and_two_of_level_three_always_do(
    pieces: int, among: int, levels: list[int], raised_by: int | None
) -> None:
    policy, state, raised = several(pieces, among), AlarmState("c"), None
    for number, level in enumerate(levels, 1):
        moment = at(5 * number)
        state = policy.observe(state, Evidence(level, moment, moment, "p", number), moment).state
        raised = raised or (number if state.alert is not None else None)
    assert raised == raised_by


def test_the_worst_of_several_pieces_is_the_alerts_level() -> None:
    policy = AlertPolicy(Thresholds(raise_level=1, clear_level=0, raise_pieces=3))
    state = AlarmState("c")
    for number, level in enumerate((1, 2, 1), 1):
        moment = at(5 * number)
        state = policy.observe(state, Evidence(level, moment, moment, "p", number), moment).state
    assert state.alert is not None
    assert (state.alert.level, state.alert.onset_at) == (2, at(5))
