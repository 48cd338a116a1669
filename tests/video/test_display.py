"""Pictures as their metadata says that they are meant: upright, square pixels, right colours. Real H.264."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.filter import Graph

from tests.video.coded import h264, scene, turn, write
from video import display
from video.display import displayed
from video.errors import UndisplayablePicture
from video.file import pictures

CORNERS = ((20, 20), (20, -20), (-20, 20), (-20, -20), (240, 320))
ROUNDING = 12
"""Grey levels: 8 bits in limited range and half the chroma, one way and back, and an encoder at its finest."""


def alike(found: np.ndarray, truth: np.ndarray) -> bool:
    """Whether both have the same size, and the same colours at places far from an edge."""
    if found.shape != truth.shape:
        return False
    return all(np.abs(found[at].astype(int) - truth[at]).max() <= ROUNDING for at in CORNERS)


def as_keyframe_sees(picture: av.VideoFrame) -> np.ndarray:
    """RGB by the bus's rule: I420, ITU-R BT.601, limited range."""
    rgb: np.ndarray = cv2.cvtColor(picture.to_ndarray(), cv2.COLOR_YUV2RGB_I420)
    return rgb


@pytest.mark.parametrize("matrix", ["smpte170m", "bt709", "bt2020nc"])
@pytest.mark.parametrize(
    ("full", "pixels"), [(False, "yuv420p"), (True, "yuvj420p"), (False, "yuv422p"), (False, "yuv444p")]
)
def test_colours_whatever_matrix_and_range_they_came_in(matrix: str, full: bool, pixels: str) -> None:
    coded = h264(scene(), matrix=matrix, full=full, pixels=pixels)
    assert alike(as_keyframe_sees(displayed(coded)), scene())
    assert alike(displayed(coded, pixels="rgb24").to_ndarray(), scene())


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (640, 480, "1/1"),
        (320, 480, "2/1"),
        (352, 480, "20/11"),
        (704, 480, "10/11"),
        (640, 240, "1/2"),
        (640, 480, "0/1"),
    ],
)
def test_a_circle_stays_round(width: int, height: int, shape: str) -> None:
    found = displayed(h264(scene(width, height), shape=shape), 640)
    assert found.width * 3 == found.height * 4
    rim = found.height * 85 // 480  # below the corners, above the disc
    yellow = as_keyframe_sees(found)[rim:-rim, :, 2] < 65
    assert yellow.any(0).sum() == pytest.approx(yellow.any(1).sum(), rel=0.03)


def test_the_shape_of_a_picture_is_read_off_each_one() -> None:
    """A camera that changes it in the middle of a session."""
    sizes = [
        (one.width, one.height) for one in (displayed(h264(scene(320, 480), shape=s)) for s in ("2/1", "1/1", "2/1"))
    ]
    assert sizes == [(640, 480), (320, 480), (640, 480)]


def test_an_absurd_shape_makes_no_absurd_picture() -> None:
    found = displayed(h264(scene(320, 240), shape="100/1"), 640)
    assert (found.width, found.height) == (640, 60)


ORIENTATIONS: dict[str, tuple[tuple[int, int, int, int], Callable[[np.ndarray], np.ndarray]]] = {
    "upright": ((1, 0, 0, 1), lambda seen: seen),
    "stored a quarter to the left": ((0, 1, -1, 0), lambda seen: np.rot90(seen, 1)),
    "on its head": ((-1, 0, 0, -1), lambda seen: np.rot90(seen, 2)),
    "stored a quarter to the right": ((0, -1, 1, 0), lambda seen: np.rot90(seen, 3)),
    "mirrored": ((-1, 0, 0, 1), lambda seen: seen[:, ::-1]),
    "upside down": ((1, 0, 0, -1), lambda seen: seen[::-1]),
    "transposed": ((0, 1, 1, 0), lambda seen: seen.transpose(1, 0, 2)),
    "transposed and turned": ((0, -1, -1, 0), lambda seen: seen[::-1, ::-1].transpose(1, 0, 2)),
}


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_a_display_matrix_is_obeyed_once(tmp_path: Path, name: str) -> None:
    matrix, stored = ORIENTATIONS[name]
    path = turn(write(tmp_path / "phone.mp4", [stored(scene())] * 2, options={"crf": "4"}), *matrix)
    found = next(pictures(path))[1]
    assert alike(as_keyframe_sees(found), scene())
    assert alike(as_keyframe_sees(displayed(found)), scene())


def test_a_turned_picture_of_wide_pixels(tmp_path: Path) -> None:
    """Stored turned: its pixels are high on the screen."""
    stored = np.rot90(scene(640, 240), 1)
    path = turn(write(tmp_path / "p.mp4", [stored] * 2, options={"crf": "4", "x264-params": "sar=2/1"}), 0, 1, -1, 0)
    assert alike(as_keyframe_sees(next(pictures(path))[1]), scene())


def test_what_cannot_be_shown_is_named() -> None:
    with pytest.raises(UndisplayablePicture, match="0x0"):
        displayed(av.VideoFrame(0, 0, "yuv420p"))


def test_a_conversion_has_no_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself a graph starts as many as there are processors, and ends them with the picture."""
    made: list[Graph] = []

    def noted() -> Graph:
        made.append(Graph())
        return made[-1]

    monkeypatch.setattr(display, "Graph", noted)
    displayed(h264(scene()))
    assert [one.threads for one in made] == [1]
