"""BlazeFace: pinned weights, anchors, faces turned up to 60 degrees, and pictures without any."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from faces import blazeface
from faces.blazeface import BlazeFace
from faces.errors import DetectionError, ImageError, WeightsError
from tests.faces.pictures import EYES, apart, roll_of, turned


@pytest.mark.parametrize("degrees", range(-60, 61, 30))
@pytest.mark.parametrize("eyes_px", [28, 45])
def test_finds_a_turned_face_and_which_way_up_it_is(portrait: np.ndarray, degrees: int, eyes_px: int) -> None:
    found = BlazeFace().find(turned(portrait, EYES, degrees, eyes_px))
    best = max(found, key=lambda face: face.confidence)
    assert np.hypot(*(best.between - (320, 240))) < eyes_px / 2
    assert apart(best.roll, degrees + roll_of(EYES)) < 25


def test_ears_lie_on_either_side_of_the_eyes(portrait: np.ndarray) -> None:
    best = max(BlazeFace().find(portrait), key=lambda face: face.confidence)
    assert best.ears is not None
    assert best.ears[0, 0] < best.landmarks[0, 0] < best.landmarks[2, 0] < best.landmarks[1, 0] < best.ears[1, 0]


@pytest.mark.parametrize(("side", "count"), [(256, 896), (128, 224)])
def test_anchors_are_two_at_every_16_pixels_and_six_at_every_32(side: int, count: int) -> None:
    anchors = blazeface._anchors(side)
    assert anchors.shape == (count, 2)
    assert np.allclose(anchors[0] * side, 8) and np.allclose(anchors[-1] * side, side - 16)
    assert np.allclose(anchors.mean(axis=0), 0.5)


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 640, 3), (480, 640, 3)])
def test_no_face_in_a_flat_picture(shape: tuple[int, ...]) -> None:
    assert BlazeFace().find(np.full(shape, 127, np.uint8)) == []


def test_weights_that_are_not_the_pinned_ones_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = bytearray(blazeface.WEIGHTS.read_bytes())
    other[-1] ^= 1
    spoilt = tmp_path / "other.tflite"
    spoilt.write_bytes(other)
    for path in (spoilt, tmp_path / "missing.tflite"):
        blazeface._checked_weights.cache_clear()
        monkeypatch.setattr(blazeface, "WEIGHTS", path)
        with pytest.raises(WeightsError, match=path.name):
            BlazeFace()
    blazeface._checked_weights.cache_clear()


def test_a_failure_of_the_network_is_typed_and_says_nothing_of_the_picture(portrait: np.ndarray) -> None:
    network = BlazeFace()
    network._network = cv2.dnn.Net()
    with pytest.raises(DetectionError) as caught:
        network.find(portrait)
    assert str(caught.value) == "the face detector failed on a picture of 512x512"
    assert caught.value.__suppress_context__


def test_what_is_no_rgb_picture_is_refused() -> None:
    with pytest.raises(ImageError):
        BlazeFace().find(np.zeros((64, 64), np.uint8))


@pytest.mark.parametrize("wrong", [{"side_px": 100}, {"side_px": 512}, {"min_confidence": 0.0}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        BlazeFace(**wrong)  # type: ignore[arg-type]
