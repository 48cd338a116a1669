"""What holds for every stream of frames: silence is bounded, the rate is bounded, clocks may jump."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.keyframe.selector import Choice, SelectionPolicy, Selector

POLICIES = st.builds(
    lambda period, more, retry, slack: SelectionPolicy(
        period_s=period, max_silence_s=period * more, retry_s=period * retry, slack_s=period * slack
    ),
    st.floats(0.5, 20.0),
    st.floats(1.0, 8.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 0.1),
)
STEPS = st.lists(st.floats(0.001, 3.0), min_size=1, max_size=120)
PICTURES = st.lists(st.sampled_from([90, 91, 92, 130]), min_size=1, max_size=120)
OUTCOMES = st.lists(st.booleans(), min_size=1, max_size=120)
ROUNDING = 1e-6


def play(
    policy: SelectionPolicy, times: list[float], levels: list[int], outcomes: list[bool]
) -> list[tuple[float, Choice]]:
    """Every frame's time and choice; levels and outcomes repeat."""
    selector, found = Selector(policy), []
    for n, t in enumerate(times):
        selection = selector.observe(t, np.full((8, 8), levels[n % len(levels)], np.uint8))
        if selection.kept:
            selector.record_outcome(delivered=outcomes[n % len(outcomes)])
        found.append((t, selection.choice))
    return found


def kept(found: list[tuple[float, Choice]]) -> list[float]:
    return [t for t, choice in found if choice not in (Choice.REDUCED, Choice.WAITING)]


@settings(deadline=None)
@given(POLICIES, STEPS, PICTURES, OUTCOMES)
def test_no_frame_passes_unkept_after_the_longest_silence(
    policy: SelectionPolicy, steps: list[float], levels: list[int], outcomes: list[bool]
) -> None:
    last: float | None = None
    for t, choice in play(policy, np.cumsum(steps).tolist(), levels, outcomes):
        unkept = choice in (Choice.REDUCED, Choice.WAITING)
        assert not unkept or (last is not None and t - last < policy.max_silence_s + ROUNDING)
        last = last if unkept else t


@settings(deadline=None)
@given(POLICIES, STEPS, PICTURES)
def test_keyframes_that_gave_crops_are_a_period_apart(
    policy: SelectionPolicy, steps: list[float], levels: list[int]
) -> None:
    times = kept(play(policy, np.cumsum(steps).tolist(), levels, [True]))
    least = policy.period_s - policy.slack_s - ROUNDING
    assert all(later - earlier >= least for earlier, later in pairwise(times))


@settings(deadline=None)
@given(POLICIES, STEPS, PICTURES, OUTCOMES)
def test_looks_are_never_closer_than_the_retry(
    policy: SelectionPolicy, steps: list[float], levels: list[int], outcomes: list[bool]
) -> None:
    times = kept(play(policy, np.cumsum(steps).tolist(), levels, outcomes))
    least = min(policy.retry_s, policy.period_s - policy.slack_s) - ROUNDING
    assert all(later - earlier >= least for earlier, later in pairwise(times))


@settings(deadline=None)
@given(POLICIES, STEPS, st.integers(0, 119), st.floats(-1e6, 1e6))
def test_one_jump_of_the_clock_neither_silences_nor_bursts(
    policy: SelectionPolicy, steps: list[float], place: int, jump: float
) -> None:
    true = np.cumsum(steps).tolist()
    place %= len(true)
    shown = [t + (jump if n >= place else 0.0) for n, t in enumerate(true)]
    choices = [choice for _, choice in play(policy, shown, [100], [True])]
    times = [t for t, choice in zip(true, choices, strict=True) if choice not in (Choice.REDUCED, Choice.WAITING)]
    # A keyframe hidden by the jump is late by the step that the jump swallowed, at most.
    gaps = [later - earlier for earlier, later in zip(times, [*times[1:], true[-1]], strict=True)]
    assert all(gap <= policy.max_silence_s + 2 * max(steps) + ROUNDING * (1 + abs(jump)) for gap in gaps)
    early = sum(gap < policy.period_s - policy.slack_s - ROUNDING * (1 + abs(jump)) for gap in gaps[:-1])
    assert early <= 1


@settings(deadline=None)
@given(POLICIES, st.lists(st.floats(-1e5, 1e5), min_size=2, max_size=120))
def test_a_mad_clock_gives_at_most_one_keyframe_per_step_forwards_or_period(
    policy: SelectionPolicy, times: list[float]
) -> None:
    found = kept(play(policy, times, [100], [True]))
    passed = 0.0
    for earlier, later in pairwise(times):
        passed += later - earlier if later >= earlier else min(earlier - later, policy.period_s)
    # Nothing changes in the picture, so all but the first keyframe are forced by silence.
    assert len(found) <= 1 + passed / policy.max_silence_s + ROUNDING


def test_a_clock_that_runs_backwards_for_ever_still_gives_keyframes() -> None:
    policy = SelectionPolicy()
    found = kept(play(policy, [-float(t) for t in range(100)], [100], [True]))
    assert found == [0.0, -30.0, -60.0, -90.0]


def test_a_clock_that_jumps_on_every_frame_does_not_keep_every_frame() -> None:
    policy = SelectionPolicy()
    times = [t - 3600.0 * (t % 2) for t in range(120)]
    steps = sum(1 for earlier, later in pairwise(times) if later > earlier)
    assert len(kept(play(policy, times, [100], [True]))) <= steps + 1
