"""A turn that a stream says once holds for the pictures after it: in a camera's stream and in a file."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from services.ingest.frames.decoder import Decoder
from tests.video.coded import oriented, scene
from video.display import displayed
from video.file import pictures
from video.orientation import Orientation

TURNED = {90: 3, 180: 2, 270: 1}
"""Degrees anticlockwise that put a picture upright, and the quarters by which it is stored turned."""


def corners(picture: av.VideoFrame) -> list[int]:
    """Which colour is strongest in each corner: red, green, blue, none."""
    rgb = picture.reformat(format="rgb24").to_ndarray().astype(int)
    found = [rgb[20:60, 20:60], rgb[20:60, -60:-20], rgb[-60:-20, 20:60], rgb[-60:-20, -60:-20]]
    means = [part.mean((0, 1)) for part in found]
    return [int(mean.argmax()) if mean.max() - mean.min() > 60 else 3 for mean in means]


UPRIGHT = [0, 1, 2, 3]


def through(packets: list[av.Packet]) -> list[av.VideoFrame]:
    decoder = Decoder("h264")
    return [displayed(one) for packet in packets for one in decoder.pictures(packet) or ()]


@pytest.mark.parametrize("degrees", TURNED)
def test_every_picture_of_a_camera_is_upright(degrees: int) -> None:
    stored = np.rot90(scene(), TURNED[degrees])
    assert [corners(one) for one in through(oriented([stored] * 4, degrees))] == [UPRIGHT] * 4


def test_every_picture_of_a_file_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "turned.h264"
    path.write_bytes(b"".join(map(bytes, oriented([np.rot90(scene(), 3)] * 4, 90))))
    assert [corners(one) for _, one in pictures(path)] == [UPRIGHT] * 4


def test_a_key_picture_without_a_turn_ends_it() -> None:
    """The camera was put upright: its next sequence says nothing."""
    stored = [np.rot90(scene(), 3)] * 2 + [scene()] * 2
    assert [corners(one) for one in through(oriented(stored, 90, key_every=2))] == [UPRIGHT] * 4


def test_what_was_turned_is_not_turned_again() -> None:
    turned = through(oriented([np.rot90(scene(), 3)] * 3, 90))
    assert [corners(displayed(one)) for one in turned] == [UPRIGHT] * 3
    assert [one.opaque for one in turned] == [None] * 3


def test_a_stream_that_says_nothing_is_left_as_it_is() -> None:
    orientation = Orientation()
    picture = av.VideoFrame(64, 48, "yuv420p")
    assert orientation.mark(picture) is picture
    assert picture.opaque is None
