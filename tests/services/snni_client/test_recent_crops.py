"""What is kept for clips: the newest crops of the last seconds and no others, and nothing of them when they go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from services.snni_client.recent_crops import MOST_CROPS, KeptCrop, RecentCrops, as_video

AT = datetime(2026, 3, 4, tzinfo=UTC)


def kept(recent: RecentCrops, seconds: list[float], camera: str = "cam-1") -> list[KeptCrop]:
    """A crop at each of these seconds, of that value; what is there then."""
    for at in seconds:
        recent.keep(camera, AT + timedelta(seconds=at), np.full((1, 4, 4), at, np.uint8), at)
    return recent.of(camera, seconds[-1])


def test_only_the_last_seconds_are_there() -> None:
    found = kept(RecentCrops(10.0), [1, 5, 9, 12])
    assert [one.mono for one in found] == [5, 9, 12]


def test_what_is_too_old_is_wiped_though_nothing_comes_after_it() -> None:
    recent = RecentCrops(10.0)
    first, second = kept(recent, [1, 5])
    recent.forget(11)
    assert not first.pixels.any() and second.pixels.all()
    assert recent.of("cam-1", 14.9) == [second]
    recent.forget(15)
    assert not second.pixels.any() and recent.of("cam-1", 15) == []


def test_crops_are_copies_bounded_in_number_and_of_one_camera() -> None:
    recent, pixels = RecentCrops(1e9), np.full((1, 4, 4), 7, np.uint8)
    recent.keep("cam-1", AT, pixels, 0.0)
    (oldest,) = recent.of("cam-1", 0.0)
    pixels[:] = 9
    assert (oldest.pixels == 7).all() and "7" not in repr(oldest)
    found = kept(recent, [float(at) for at in range(1, MOST_CROPS + 1)])
    assert len(found) == MOST_CROPS and not oldest.pixels.any()
    assert recent.of("cam-2", 1.0) == []
    recent.clear()
    assert not any(one.pixels.any() for one in found)


def test_a_video_shows_at_each_moment_the_newest_crop_by_then() -> None:
    found = kept(RecentCrops(10.0), [12, 15, 19])
    assert as_video(found, 5, 10.0, 20.0)[:, 0, 0, 0].tolist() == [12, 12, 15, 15, 19]
    assert as_video(found, 1, 10.0, 20.0)[:, 0, 0, 0].tolist() == [19]
    assert as_video(found[:1], 3, 10.0, 20.0).shape == (3, 1, 4, 4)
