"""Known answers of the selector, one rule at a time. One frame per second unless a test says otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from services.keyframe.selector import Choice, Region, SelectionPolicy, Selector

GREY = np.full((60, 80), 100, np.uint8)
FACE = Region(30, 20, 42, 36)


def like(level: int, where: Region | None = None) -> np.ndarray:
    """GREY, with another level everywhere or in a region."""
    dc = GREY.copy()
    (dc if where is None else where.of(dc))[...] = level
    return dc


def watched(policy: SelectionPolicy | None = None, region: Region | None = FACE) -> Selector:
    """A selector whose first frame, GREY at 0 s, gave a crop."""
    selector = Selector(policy or SelectionPolicy())
    assert selector.observe(0.0, GREY).choice is Choice.FIRST
    selector.record_outcome(delivered=True, region=region)
    return selector


def choices(selector: Selector, dc: np.ndarray, times: list[float]) -> list[str]:
    return [selector.observe(t, dc).choice.value for t in times]


def test_a_changed_picture_is_kept_once_a_period() -> None:
    selector = watched()
    assert choices(selector, like(110), [1.0, 2.0, 3.0, 4.0, 4.89]) == ["waiting"] * 5
    assert selector.observe(4.91, like(110)).choice is Choice.PERIODIC
    selector.record_outcome(delivered=True, region=FACE)
    assert choices(selector, like(120), [6.0, 9.7, 9.9]) == ["waiting", "waiting", "periodic"]


def test_a_picture_like_the_last_keyframe_is_reduced_and_the_period_starts_anew() -> None:
    selector = watched()
    assert choices(selector, GREY, [5.0, 6.0, 9.0, 10.0]) == ["reduced", "waiting", "waiting", "reduced"]


def test_the_candidate_is_compared_with_the_last_keyframe_not_with_the_last_candidate() -> None:
    """A slow drift, each step below the threshold, is kept once its sum is above."""
    selector = watched(SelectionPolicy(scene_threshold=1.0, face_threshold=255))
    drift = [selector.observe(5.0 * n, like(100 + n)).choice for n in (1, 2)]
    assert drift == [Choice.REDUCED, Choice.PERIODIC]


def test_a_difference_at_the_threshold_is_no_change() -> None:
    policy = SelectionPolicy(scene_threshold=3.0, face_threshold=255)
    assert watched(policy).observe(5.0, like(103)).choice is Choice.REDUCED
    assert watched(policy).observe(5.0, like(104)).choice is Choice.PERIODIC


def test_a_change_of_the_face_alone_is_kept_although_the_picture_is_the_same() -> None:
    changed = like(103, FACE)
    assert np.abs(changed.astype(int) - GREY).mean() < 0.2
    assert watched().observe(5.0, changed).choice is Choice.PERIODIC
    assert watched(region=Region(0, 0, 10, 10)).observe(5.0, changed).choice is Choice.REDUCED
    assert watched(region=Region(90, 70, 95, 75)).observe(5.0, changed).choice is Choice.REDUCED


def test_silence_forces_a_keyframe() -> None:
    selector = watched()
    kept = [t for t in range(1, 101) if _kept_and_forced(selector, float(t))]
    assert kept == [30, 60, 90]


def _kept_and_forced(selector: Selector, t: float) -> bool:
    selection = selector.observe(t, GREY)
    if selection.kept:
        assert selection.choice is Choice.FORCED and selection.forced
        selector.record_outcome(delivered=True, region=FACE)
    return selection.kept


def test_a_change_after_the_longest_silence_is_not_forced() -> None:
    selector = watched()
    for t in range(1, 30):
        selector.observe(float(t), GREY)
    selection = selector.observe(30.0, like(150))
    assert selection.kept and not selection.forced


def test_a_keyframe_without_a_crop_is_tried_again_at_the_next_frame() -> None:
    selector = watched()
    assert selector.observe(5.0, like(110)).kept
    selector.record_outcome(delivered=False)
    assert selector.observe(5.3, like(110)).choice is Choice.WAITING
    assert selector.observe(6.0, like(110)).choice is Choice.RETRY
    selector.record_outcome(delivered=True, region=FACE)
    assert selector.observe(7.0, like(110)).choice is Choice.WAITING


def test_a_retry_of_a_forced_keyframe_is_forced_and_the_next_one_is_not() -> None:
    selector = watched()
    for t in range(1, 30):
        selector.observe(float(t), GREY)
    assert selector.observe(30.0, GREY).forced
    selector.record_outcome(delivered=False)
    assert selector.observe(31.0, GREY).forced
    selector.record_outcome(delivered=True, region=FACE)
    assert not selector.observe(36.0, like(150)).forced


def test_where_nothing_can_be_seen_it_waits_for_the_period() -> None:
    selector = watched()
    assert selector.observe(5.0, like(0)).kept
    selector.record_outcome(delivered=False, again=False)
    assert choices(selector, like(0), [6.0, 9.0, 10.0]) == ["waiting", "waiting", "periodic"]


def test_a_picture_that_came_back_is_looked_at_at_once() -> None:
    selector = watched()
    assert selector.observe(1.0, GREY).choice is Choice.WAITING
    selector.look_again()
    assert selector.observe(2.0, GREY).choice is Choice.RETRY


def test_another_size_of_picture_is_a_change() -> None:
    assert watched().observe(5.0, GREY[:45, :60]).choice is Choice.PERIODIC


@pytest.mark.parametrize(
    "wrong",
    [
        {"period_s": 0.0},
        {"period_s": 40.0},
        {"slack_s": 6.0},
        {"retry_s": -1.0},
        {"scene_threshold": 256.0},
        {"face_threshold": -1.0},
        {"max_silence_s": float("inf")},
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        SelectionPolicy(**wrong)
