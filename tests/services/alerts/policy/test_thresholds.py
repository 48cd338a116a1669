"""Levels outside the scale and rules that contradict each other are refused."""

import pytest

from services.alerts.policy.episode import AlarmState
from services.alerts.policy.errors import ThresholdsError
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.thresholds import Thresholds
from tests.services.alerts.policy.one_camera import POLICY, at


def test_a_level_outside_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.3"):
        POLICY.observe(AlarmState("c"), Evidence(4, at(0), at(0), "p", 1), at(0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"raise_level": 1, "clear_level": 1},
        {"raise_level": 4},
        {"clear_level": -1},
        {"hold_s": 0},
        {"clear_pieces": 0},
        {"stale_after_s": 12},
        {"settle_s": -1},
        {"max_skew_s": 0},
        {"silent_after_s": 0},
    ],
)
def test_contradicting_rules_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ThresholdsError):
        Thresholds(**wrong)  # type: ignore[arg-type]
