"""How large a frame becomes, and what its planes hold."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.ingest.errors import FrameError
from services.ingest.frames.picture import to_picture
from services.ingest.privacy.mask import Mask
from video.display import displayed


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ((640, 480), (640, 480)),
        ((1920, 1080), (640, 360)),
        ((1080, 1920), (360, 640)),
        ((320, 240), (320, 240)),
        ((641, 481), (640, 480)),
        ((33, 17), (32, 16)),
    ],
)
def test_sizes(source: tuple[int, int], target: tuple[int, int]) -> None:
    assert sides(*source) == target


@pytest.mark.parametrize("source", [(8, 8), (4000, 20), (14, 640)])
def test_sizes_that_cannot_be(source: tuple[int, int]) -> None:
    with pytest.raises(FrameError):
        sides(*source)


def sides(width: int, height: int) -> tuple[int, int]:
    """Of the picture that a frame of this size becomes."""
    picture = to_picture(av.VideoFrame(width, height, "yuv444p"), Mask(None))
    return picture.width, picture.height


@given(st.integers(2, 2000), st.integers(2, 2000))
def test_sizes_are_even_bounded_and_keep_their_proportions(width: int, height: int) -> None:
    try:
        found = sides(width, height)
    except FrameError:
        assume(False)
    assert all(side % 2 == 0 and 16 <= side <= 640 for side in found)
    assert found[0] <= width
    assert found[1] <= height
    scale = min(1.0, 640 / max(width, height))
    assert abs(found[0] - width * scale) <= 2
    assert abs(found[1] - height * scale) <= 2


def test_known_colours_become_known_planes() -> None:
    pixels = np.zeros((480, 640, 3), np.uint8)
    pixels[:, 320:] = 255
    picture = to_picture(av.VideoFrame.from_ndarray(pixels, format="rgb24"), Mask(None))
    luma = np.frombuffer(picture.data[: 640 * 480], np.uint8).reshape(480, 640)
    chroma = np.frombuffer(picture.data[640 * 480 :], np.uint8)
    assert (picture.width, picture.height, len(picture.data)) == (640, 480, 640 * 480 * 3 // 2)
    assert abs(int(luma[240, 100]) - 16) <= 1
    assert abs(int(luma[240, 500]) - 235) <= 1
    assert np.abs(chroma.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("size", [(640, 480), (1914, 1080), (322, 182), (98, 34), (1080, 1920)])
def test_rows_are_packed_without_padding(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
    picture = to_picture(frame, Mask(None))
    assert max(picture.width, picture.height) <= 640
    assert picture.data == displayed(frame, 640).to_ndarray().tobytes()
