"""Days are filled without a gap, and clips show what their activity says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from training.synth.day import ACTIVITIES, CLIP_S, DAY_S, clip_of, stretches

MOMENTS = np.arange(0, CLIP_S, 5.0).tolist()


def test_a_day_has_no_gap_and_repeats_with_its_seed() -> None:
    plans = [stretches(np.random.default_rng(seed)) for seed in range(8)]
    for plan in plans:
        assert plan[0].start_s == 0 and plan[-1].end_s == DAY_S
        assert all(one.end_s == other.start_s and one.end_s > one.start_s for one, other in pairwise(plan))
    assert {one.activity for plan in plans for one in plan} == set(ACTIVITIES)
    assert plans[0] == stretches(np.random.default_rng(0)) != plans[1]


def test_most_of_a_day_is_sleep_and_calm_and_pain_is_rare() -> None:
    spent = dict.fromkeys(ACTIVITIES, 0.0)
    for seed in range(20):
        for one in stretches(np.random.default_rng(seed)):
            spent[one.activity] += one.end_s - one.start_s
    parts = {name: seconds / (20 * DAY_S) for name, seconds in spent.items()}
    assert parts["sleep"] + parts["calm"] > 0.5 and 0 < parts["pain"] < 0.01


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_a_clip_hurts_where_its_activity_is_pain_and_nowhere_else(activity: str) -> None:
    for number in range(4):
        script = clip_of(activity, 11, number)
        levels = [script.truth_at(t).level for t in MOMENTS]
        if activity == "pain":
            assert max(levels) == 3 and script.episodes
        else:
            assert max(levels) <= 1 and not script.episodes
        if activity == "sleep":
            assert levels == [1] * len(MOMENTS) and all(script.movement_at(t).au43 == 1 for t in MOMENTS)
        assert script == clip_of(activity, 11, number)
    assert clip_of(activity, 11, 0) != clip_of(activity, 12, 0) or activity == "sleep"
