"""When a frame was captured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.frames.capture_clock import CaptureClock


def test_age_is_the_delay_beyond_the_least_and_one_interval() -> None:
    clock = CaptureClock()
    assert clock.age(0.0, 50.0) == 0.0
    assert clock.age(0.1, 50.1) == pytest.approx(0.1, abs=1e-3)
    assert clock.age(0.2, 50.5) == pytest.approx(0.3 + 0.1, abs=1e-3)
    assert clock.age(0.3, 50.5) == pytest.approx(0.2 + 0.1, abs=1e-3)


def test_a_growing_backlog_shows() -> None:
    clock = CaptureClock()
    ages = [clock.age(number / 15, 10 + number / 10) for number in range(300)]
    assert ages == sorted(ages)
    assert ages[-1] == pytest.approx(299 * (1 / 10 - 1 / 15), rel=0.05)


def test_a_senders_slow_clock_does_not_look_like_a_backlog() -> None:
    clock = CaptureClock()
    ages = [clock.age(number / 15 * (1 - 2e-4), 10 + number / 15) for number in range(15 * 3600)]
    assert max(ages) < 0.1


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_jump_of_the_senders_time_starts_anew(jump: float) -> None:
    clock = CaptureClock()
    for number in range(30):
        clock.age(number / 15, number / 15)
    ages = [clock.age(2 + jump + number / 15, 2 + number / 15) for number in range(30)]
    assert max(ages[1:]) < 0.1
    assert ages[0] <= CaptureClock.STEP_S


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 5)), min_size=1, max_size=50))
def test_age_is_never_negative(steps: list[tuple[float, float]]) -> None:
    clock, media, arrived = CaptureClock(), 0.0, 0.0
    for media_step, pause in steps:
        media, arrived = media + media_step, arrived + pause
        assert clock.age(media, arrived) >= 0.0
