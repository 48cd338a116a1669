"""Which frames are taken."""

from __future__ import annotations

import pytest

from services.ingest.frames.sampling import Sampler


@pytest.mark.parametrize("fps", [5, 7, 15, 30])
def test_one_frame_a_second_without_drift(fps: int) -> None:
    sampler = Sampler(1.0)
    taken = [number for number in range(60 * fps) if sampler.take(100 + number / fps)]
    assert len(taken) == 60


def test_after_a_gap_one_frame_and_the_period_again() -> None:
    sampler = Sampler(1.0)
    assert sampler.take(0.0)
    assert not sampler.take(0.5)
    assert sampler.take(7.3)
    assert not sampler.take(7.4)
    assert not sampler.take(7.8)
    assert sampler.take(8.3)


def test_frames_that_come_once_a_period_are_all_taken_though_they_jitter() -> None:
    sampler = Sampler(1.0)
    assert all(sampler.take(number + (0.04 if number % 2 else 0.0)) for number in range(60))


def test_a_period_must_be_positive() -> None:
    with pytest.raises(ValueError, match="period_s"):
        Sampler(0.0)
