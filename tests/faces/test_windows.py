"""Windows cover a picture, overlap, and leave a camera's frame whole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.windows import OVERLAP_PX, WINDOW_PX, windows


@pytest.mark.parametrize("shape", [(480, 640), (640, 360), (1, 1)])
def test_a_frame_is_one_window(shape: tuple[int, int]) -> None:
    assert windows(*shape) == [(slice(0, shape[0]), slice(0, shape[1]))]


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_every_part_as_large_as_the_overlap_is_whole_in_a_window(height: int, width: int) -> None:
    whole, *parts = windows(height, width)
    assert whole == (slice(0, height), slice(0, width))
    for axis, side in enumerate((height, width)):
        lines = sorted({(part[axis].start, part[axis].stop) for part in parts} or {(0, side)})
        assert lines[0][0] == 0 and lines[-1][1] == side
        assert all(stop - start == min(side, WINDOW_PX) for start, stop in lines)
        assert all(left[1] - right[0] >= OVERLAP_PX for left, right in itertools.pairwise(lines))


def test_windows_are_parts_of_the_picture() -> None:
    picture = np.zeros((700, 1300))
    assert all(picture[window].size for window in windows(*picture.shape))
