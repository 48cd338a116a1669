"""MTCNN on a photograph, on its turned and scaled copies, and on pictures without a face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from faces.errors import DetectionError, ImageError
from faces.face import LANDMARKS, Face
from faces.mtcnn import Mtcnn

EYES = np.array([[204, 102], [249, 104]])
"""The pupils of the portrait, read off by eye."""
READING_PX = 5.0


def test_finds_the_one_face_of_the_portrait(face: Face, mtcnn: Mtcnn, portrait: np.ndarray) -> None:
    assert len(mtcnn.detect(portrait)) == 1
    assert face.confidence > 0.99
    assert np.abs(face.landmarks[:2] - EYES).max() < READING_PX
    x, y, width, height = face.box
    assert ((face.landmarks > [x, y]) & (face.landmarks < [x + width, y + height])).all()


def test_landmarks_are_in_the_declared_order(face: Face) -> None:
    place = dict(zip(LANDMARKS, face.landmarks.tolist(), strict=True))
    assert place["left_eye"][0] < place["nose"][0] < place["right_eye"][0]
    assert place["mouth_left"][0] < place["mouth_right"][0]
    assert place["left_eye"][1] < place["nose"][1] < place["mouth_left"][1]


@pytest.mark.parametrize("degrees", [-20, 20])
def test_finds_a_face_turned_in_the_plane(degrees: float, mtcnn: Mtcnn, portrait: np.ndarray) -> None:
    turn = cv2.getRotationMatrix2D((226, 120), degrees, 1.0)
    faces = mtcnn.detect(cv2.warpAffine(portrait, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE))
    expected = EYES @ turn[:, :2].T + turn[:, 2]
    assert np.abs(faces[0].landmarks[:2] - expected).max() < READING_PX * 1.5


@pytest.mark.parametrize("scale", [0.75, 1.5])
def test_finds_a_face_at_other_scales(scale: float, mtcnn: Mtcnn, portrait: np.ndarray) -> None:
    faces = mtcnn.detect(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    assert np.abs(faces[0].landmarks[:2] - EYES * scale).max() < READING_PX * max(scale, 1.0)


def test_two_faces_come_largest_first(mtcnn: Mtcnn, portrait: np.ndarray) -> None:
    small = cv2.resize(portrait, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    both = np.zeros((512, 512 + 384, 3), np.uint8)
    both[:384, :384] = small
    both[:, 384:] = portrait
    first, second = mtcnn.detect(both)
    assert first.area > second.area
    assert first.landmarks[0, 0] > 384 > second.landmarks[0, 0]


def test_faces_smaller_than_asked_for_are_not_looked_for(portrait: np.ndarray) -> None:
    assert Mtcnn(min_face_px=240).detect(portrait) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 640, 3), (480, 640, 3)])
def test_no_face_in_a_flat_picture(shape: tuple[int, ...], mtcnn: Mtcnn) -> None:
    assert mtcnn.detect(np.full(shape, 127, np.uint8)) == []


def test_noise_never_escapes_as_an_untyped_error(mtcnn: Mtcnn) -> None:
    rng = np.random.default_rng(7)
    for shape in ((60, 60, 3), (64, 200, 3), (120, 90, 3)):
        try:
            faces = mtcnn.detect(rng.integers(0, 256, shape, np.uint8))
        except DetectionError as error:
            assert (error.height, error.width) == shape[:2]
        else:
            assert all(face.confidence >= 0.9 for face in faces)


def test_a_failure_of_the_networks_is_typed_and_says_nothing_of_the_picture(portrait: np.ndarray) -> None:
    mtcnn = Mtcnn()
    mtcnn._networks._pnet = cv2.dnn.Net()  # an empty network: every forward pass fails
    with pytest.raises(DetectionError) as caught:
        mtcnn.detect(portrait)
    assert str(caught.value) == "the face detector failed on a picture of 512x512"
    assert caught.value.__suppress_context__


def test_what_is_no_rgb_picture_is_refused(mtcnn: Mtcnn) -> None:
    with pytest.raises(ImageError):
        mtcnn.detect(np.zeros((64, 64), np.uint8))
    with pytest.raises(ImageError):
        mtcnn.detect(np.zeros((64, 64, 3), np.float32))


@pytest.mark.parametrize("wrong", [{"min_face_px": 10}, {"min_face_px": 500}, {"min_confidence": 1.5}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Mtcnn(**wrong)  # type: ignore[arg-type]


def test_a_face_does_not_print_itself(face: Face) -> None:
    assert str(int(face.landmarks[0, 0])) not in repr(face)
