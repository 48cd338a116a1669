"""DC images against a plain reference, and the difference of two."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from faces.dc import dc_difference, dc_image
from faces.errors import ImageError

LUMA = arrays.arrays(np.uint8, st.tuples(st.integers(8, 40), st.integers(8, 40)))


def plain(luma: np.ndarray) -> np.ndarray:
    """Block by block, in Python integers: floor(mean + 1/2)."""
    height, width = luma.shape
    rows = [
        [(2 * sum(map(int, luma[y : y + 8, x : x + 8].ravel())) + 64) // 128 for x in range(0, width - 7, 8)]
        for y in range(0, height - 7, 8)
    ]
    return np.array(rows, dtype=np.uint8)


@given(LUMA)
def test_equals_the_plain_reference(luma: np.ndarray) -> None:
    assert np.array_equal(dc_image(luma), plain(luma))


def test_known_answers() -> None:
    luma = np.zeros((16, 24), np.uint8)
    luma[:8, 8:16] = 255
    luma[8, 0] = 32  # 32 / 64 is a half: up
    luma[8, 8] = 31
    assert dc_image(luma).tolist() == [[0, 255, 0], [1, 0, 0]]


def test_rests_of_blocks_are_left_out() -> None:
    luma = np.full((23, 17), 9, np.uint8)
    luma[16:] = 200
    luma[:, 16:] = 200
    assert dc_image(luma).tolist() == [[9, 9], [9, 9]]


def test_a_view_with_strides_gives_what_its_copy_gives() -> None:
    wide = np.random.default_rng(1).integers(0, 256, (32, 64), np.uint8)
    view = wide[::2, ::2]
    assert np.array_equal(dc_image(view), dc_image(view.copy()))


@pytest.mark.parametrize(
    "bad", [np.zeros((7, 64), np.uint8), np.zeros((16, 16), np.float32), np.zeros((16, 16, 3), np.uint8)]
)
def test_what_is_no_luma_plane_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ImageError) as caught:
        dc_image(bad)
    assert caught.value.shape == bad.shape


def test_difference_known_answers() -> None:
    black, white = np.zeros((4, 5), np.uint8), np.full((4, 5), 255, np.uint8)
    one = black.copy()
    one[0, 0] = 40
    assert dc_difference(black, white) == 255.0
    assert dc_difference(black, one) == pytest.approx(40 / 20)


@given(LUMA, st.integers(0, 255))
def test_difference_is_a_metric_on_one_shape(luma: np.ndarray, level: int) -> None:
    flat = np.full_like(luma, level)
    assert dc_difference(luma, luma) == 0.0
    assert dc_difference(luma, flat) == dc_difference(flat, luma) <= 255.0
    assert (dc_difference(luma, flat) == 0.0) == np.array_equal(luma, flat)


def test_difference_of_two_shapes_is_refused() -> None:
    with pytest.raises(ImageError):
        dc_difference(np.zeros((4, 5), np.uint8), np.zeros((5, 4), np.uint8))
