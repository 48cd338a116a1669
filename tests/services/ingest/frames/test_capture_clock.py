"""How old a frame is: over senders' clocks that run wrong, stand still, jump, and over delays that are real."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.frames.capture_clock import CaptureClock

JITTER_S = 0.1
START_S = 2 * CaptureClock.STEP_S
"""Until then the clock cannot tell a slope from a delay."""


def ages(frames: Iterable[tuple[float, float]]) -> list[float]:
    """The ages of frames (media time, reception), each decoded at once."""
    clock = CaptureClock()
    return [clock.age(media, received) for media, received in frames]


@given(
    st.floats(1 / 50, 50),
    st.floats(2, 60),
    st.lists(st.floats(0, JITTER_S), min_size=2, max_size=200),
    st.floats(-1e6, 1e6),
)
def test_whatever_the_senders_rate_a_frame_is_late_by_its_jitter_at_most_twice(
    rate: float, fps: float, jitter: list[float], origin: float
) -> None:
    """rate: the sender's seconds per true second.

    The hull's line is above the true one at the window's middle and below every point, hence nowhere lower than J under
    it within the window, and the last point is at most J over it.
    """
    times = [number / fps for number in range(int(60 * fps))]
    noise = itertools.cycle(jitter)
    found = ages((origin + rate * time, time + next(noise)) for time in times)
    late = [age for time, age in zip(times, found, strict=True) if time > START_S]
    edge = (
        2 * CaptureClock.BUCKET_S / (START_S - CaptureClock.BUCKET_S)
    )  # beyond the last point that the line was laid under
    assert max(late, default=0.0) <= (2 + edge) * JITTER_S * max(1.0, rate) + 1e-6


@pytest.mark.parametrize(
    ("stamped", "given"),
    [(25, 21), (25, 15), (30, 15), (30, 5), (15, 30), (30, 29.97), (25, 25 * (1 - 1e-3)), (5, 5.005)],
)
def test_a_nominal_rate_that_the_camera_does_not_give_is_no_delay(stamped: float, given: float) -> None:
    found = ages((number / stamped, number / given) for number in range(int(given * 3600)))
    assert max(found[int(given * START_S) :]) < 1e-3
    assert max(found) < START_S


def test_stamps_that_stand_still_say_nothing() -> None:
    found = ages((0.0, number / 15) for number in range(15 * 60))
    assert max(found[int(15 * START_S) :]) < 1e-3


@pytest.mark.parametrize("pause", [0.3, 0.9, 3.0, 20.0])
def test_a_pause_that_the_stamps_do_not_show_passes(pause: float) -> None:
    """Right after it a frame counts as late as the pause was long, at most for the window; then no more."""
    before = [(number / 15, number / 15) for number in range(300)]
    after = [((300 + number) / 15, (300 + number) / 15 + pause) for number in range(15 * 20)]
    found = ages(before + after)
    assert max(found) <= pause + 1 / 15 + 1e-6
    assert max(found[300 + int(15 * (CaptureClock.WINDOW_S + 1)) :]) < 1e-3
    if pause > CaptureClock.STEP_S:
        assert max(found[300 + int(15 * 2 * CaptureClock.STEP_S) :]) < 1e-3


def test_pauses_again_and_again_add_up_to_nothing() -> None:
    frames = [(number / 15, number / 15 + 0.9 * (number // 150)) for number in range(15 * 1800)]
    assert max(ages(frames)) <= 0.9 + 1 / 15 + 1e-6


@pytest.mark.parametrize("stall", [0.4, 1.5, 4.0, 8.0, 20.0])
@pytest.mark.parametrize("catch_up", [2.0, 20.0, 1e6])
@pytest.mark.parametrize("rate", [1.0, 0.6])
def test_a_stall_on_the_way_shows_until_it_is_caught_up(stall: float, catch_up: float, rate: float) -> None:
    """catch_up: how many times faster than taken the held pictures come. The true delay is known here."""
    frames, delays, at = [], [], 0.0
    for number in range(15 * 60):
        captured = number / 15
        free = captured if captured < 30 else max(captured, 30 + stall)
        at = max(free, at + 1 / 15 / catch_up if free > captured else captured)
        frames.append((captured * rate, at))
        delays.append(at - captured)
    found = ages(frames)
    wrong = [abs(age - delay) for age, delay in zip(found, delays, strict=True)][int(15 * START_S) :]
    assert max(delays) == pytest.approx(stall, abs=1 / 15)
    assert max(wrong) < 0.2


@pytest.mark.parametrize("jump", [-3600.0, -30.0, -0.5, 3600.0, 47721.0])
def test_a_jump_of_the_senders_time_starts_anew(jump: float) -> None:
    before = [(number / 15, number / 15) for number in range(150)]
    after = [(10 + jump + number / 15, 10 + number / 15) for number in range(150)]
    assert max(ages(before + after)) < 0.2


def test_stamps_that_run_backwards_hold_no_frame_for_old_for_ever() -> None:
    """An hour of it: a lateness of a step is given a window, in which it grows with the time, and one interval more."""
    found = ages((-number / 15, number / 15) for number in range(15 * 3600))
    assert max(found) < CaptureClock.STEP_S + CaptureClock.WINDOW_S + 1


def test_a_file_that_begins_again_every_half_minute() -> None:
    assert max(ages(((number % 450) / 15, number / 15) for number in range(15 * 600))) < 0.2


def test_what_a_frame_waited_here_counts_in_full_whatever_the_stamps_say() -> None:
    for rate in (0.0, 0.3, 1.0, 3.0):
        clock = CaptureClock()
        found = [clock.age(rate * number / 15, number / 15, number / 15 + number / 100) for number in range(1500)]
        assert all(age >= number / 100 - 1e-9 for number, age in enumerate(found))
    assert CaptureClock().age(None, 5.0, 7.5) == 2.5


def test_pictures_that_come_out_of_order_are_late_by_no_more_than_the_reordering() -> None:
    """P before its two B pictures: received together, a picture's interval apart in media time."""
    frames = [
        ((3 * group + k) / 15, (3 * group + 2) / 15 + 0.002 * ((k + 1) % 3)) for group in range(600) for k in range(3)
    ]
    assert max(ages(frames)) <= 2 / 15 + 0.01


@given(st.integers(0, 2**32), st.integers(1, 200))
def test_never_negative_never_later_than_the_time_between_receptions_allows(seed: int, count: int) -> None:
    rng, clock = random.Random(seed), CaptureClock()
    media = received = before = 0.0
    for _ in range(count):
        step = rng.choice([0.0, 0.01, 1 / 15, 2.0, 30.0]) * rng.random()
        media, received = media + rng.choice([-40.0, 0.0, 1.0, 5.0]) * rng.random() * step, received + step
        age = clock.age(media, received)
        assert 0.0 <= age <= before + step + 1e-9
        before = age
