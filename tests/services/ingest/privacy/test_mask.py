"""What a mask destroys, of every size, through rotations and shapes of pixels; and when nothing may be published."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.errors import MaskUnfit
from services.ingest.frames.picture import Picture, to_picture
from services.ingest.privacy.mask import Mask
from services.site.records import PictureRegions
from tests.video.coded import h264, turn, write

Corners = list[list[float]]
LEFT: Corners = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
CORNER: Corners = [[0, 0], [0.25, 0], [0.25, 0.25], [0, 0.25]]


def mask(*outlines: Corners, drawn_on: str = "640x480") -> Mask:
    return Mask(PictureRegions(drawn_on=drawn_on, masks=outlines))


def luma(picture: Picture) -> np.ndarray:
    return np.frombuffer(picture.data, np.uint8, picture.width * picture.height).reshape(picture.height, picture.width)


def rgb(picture: Picture) -> np.ndarray:
    """As the service `keyframe` sees it."""
    planes = np.frombuffer(picture.data, np.uint8).reshape(picture.height * 3 // 2, picture.width)
    return cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)


def noise(width: int, height: int) -> np.ndarray:
    """Bright, so that nothing in it is black."""
    return np.random.default_rng(width).integers(120, 256, (height, width, 3), dtype=np.uint8)


SIDES = st.integers(16, 900)
OUTLINES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8)


@given(SIDES, SIDES, OUTLINES)
@example(18, 18, [(0.0, 0.0), (0.0, 1.0), (1.0, 1.1125369292536007e-308)])
@example(18, 18, [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1e-170, 1e-170)])
def test_what_an_outline_touches_is_black_and_most_of_the_rest_is_not(
    width: int, height: int, corners: list[tuple[float, float]]
) -> None:
    try:
        ours = mask([list(one) for one in corners], drawn_on=f"{width}x{height}")
    except ValidationError:
        assume(False)
    assume(min(width, height) * min(1.0, 640 / max(width, height)) >= 18)
    frame = av.VideoFrame.from_ndarray(noise(width, height), format="rgb24")
    picture = to_picture(frame, ours)
    points = np.array(corners) * (picture.width, picture.height)
    touched = np.zeros((picture.height, picture.width), np.uint8)
    cv2.fillPoly(touched, [np.floor(np.clip(points, 0, np.array(touched.shape[::-1]) - 1)).astype(np.int32)], 1)
    assert (luma(picture)[touched == 1] == 0).all()
    assert (rgb(picture)[touched == 1] == 0).all()
    far = cv2.dilate(touched, np.ones((17, 17), np.uint8)) == 0
    assert (luma(picture)[far] > 0).all()


@pytest.mark.parametrize(
    ("matrix", "stored"),
    [
        ((1, 0, 0, 1), (640, 480)),
        ((-1, 0, 0, -1), (640, 480)),
        ((0, 1, -1, 0), (480, 640)),
        ((0, -1, 1, 0), (480, 640)),
    ],
)
def test_outlines_lie_on_the_upright_picture(
    tmp_path: Path, matrix: tuple[int, int, int, int], stored: tuple[int, int]
) -> None:
    path = turn(write(tmp_path / "turned.mp4", [noise(*stored)], options={"crf": "4"}), *matrix)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    picture = to_picture(frame, mask(CORNER))
    assert (picture.width, picture.height) == (640, 480)
    assert (rgb(picture)[:124, :164] == 0).all()
    assert (luma(picture)[140:, 180:] > 0).all()


def test_pixels_that_are_not_square_are_before_outlines_are_drawn() -> None:
    picture = to_picture(h264(noise(320, 480), shape="2/1"), mask(LEFT))
    assert (picture.width, picture.height) == (640, 480)
    assert (luma(picture)[:, :324] == 0).all()
    assert (luma(picture)[:, 330:] > 0).all()


def test_nothing_of_what_is_hidden_is_in_the_pixels_round_it() -> None:
    """Two pictures that differ under the mask alone become the same frame, however they are scaled."""
    for size in ((1920, 1440), (1280, 960), (640, 480), (320, 240)):
        one = noise(*size)
        other = one.copy()
        other[:, : size[0] // 2] = 255 - other[:, : size[0] // 2]
        frames = [to_picture(av.VideoFrame.from_ndarray(each, format="rgb24"), mask(LEFT)) for each in (one, other)]
        assert frames[0].data == frames[1].data


@pytest.mark.parametrize("size", [(1280, 720), (480, 640), (640, 640)])
def test_another_shape_than_the_drawn_one_becomes_no_frame(size: tuple[int, int]) -> None:
    with pytest.raises(MaskUnfit):
        to_picture(av.VideoFrame.from_ndarray(noise(*size), format="rgb24"), mask(CORNER))


def test_many_sizes_are_masked_and_few_remembered() -> None:
    ours = mask(LEFT)
    for height in range(48, 480, 24):
        picture = to_picture(av.VideoFrame.from_ndarray(noise(height * 4 // 3, height), format="rgb24"), ours)
        assert (luma(picture)[:, : picture.width // 2] == 0).all()
    assert len(ours._blocks) <= 8
