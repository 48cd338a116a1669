"""Alignment: where the eyes go, under turning, scaling and a face at the picture's edge."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faces.align import align_crop, alignment, eye_places
from faces.detect import Detector
from faces.errors import AlignmentError, ImageError
from faces.face import Face

FRONTAL = np.array([[80, 100], [120, 100], [100, 122], [84, 144], [116, 144]], np.float32)


def made(points: np.ndarray) -> Face:
    return Face((0.0, 0.0, 1.0, 1.0), points.astype(np.float32), 1.0)


def through(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


def test_the_eyes_of_the_portrait_are_level_and_in_place(portrait: np.ndarray, face: Face) -> None:
    eyes = through(alignment(face), face.landmarks[:2].astype(float))
    assert abs(eyes[0, 1] - eyes[1, 1]) < 1e-6
    assert np.allclose(eyes, eye_places(), atol=1.0)


def test_what_is_painted_on_the_eyes_shows_level_and_in_place(portrait: np.ndarray, face: Face) -> None:
    painted = portrait.copy()
    for x, y in face.landmarks[:2].round().astype(int).tolist():
        painted[y - 2 : y + 3, x - 2 : x + 3] = [0, 255, 0]
    crop = align_crop(painted, face).astype(int)
    rows, columns = np.nonzero(crop[..., 1] - crop[..., 0] > 128)
    left, right = columns < 112, columns >= 112
    eyes = np.array([[columns[side].mean(), rows[side].mean()] for side in (left, right)])
    rounded_px = np.hypot(*alignment(face)[0, :2]) / 2  # half a pixel of the picture, in the crop
    assert abs(eyes[0, 1] - eyes[1, 1]) < 1.0 + 2 * rounded_px
    assert np.abs(eyes - np.array(eye_places())).max() < 1.0 + rounded_px


def test_the_detector_finds_the_eyes_of_the_crop_where_they_belong(
    portrait: np.ndarray, face: Face, detector: Detector
) -> None:
    again = detector.detect(align_crop(portrait, face))[0]
    # Its last network reads landmarks in a window of 48x48: one pixel of it for either reading.
    reading_px = 2 * max(again.box[2:]) / 48
    assert np.abs(again.landmarks[:2] - np.array(eye_places())).max() < reading_px


@settings(max_examples=60, deadline=None)
@given(st.floats(-180, 180), st.floats(0.1, 8.0), st.floats(-500, 500), st.sampled_from([48, 224]), st.floats(0.0, 0.5))
def test_any_similar_face_lands_in_the_same_place(
    degrees: float, scale: float, shift: float, size: int, margin: float
) -> None:
    moved = through(cv2.getRotationMatrix2D((100, 120), degrees, scale), FRONTAL.astype(float)) + shift
    landed = through(alignment(made(moved), size, margin), moved.astype(np.float32).astype(float))
    straight = through(alignment(made(FRONTAL), size, margin), FRONTAL.astype(float))
    assert np.allclose(landed, straight, atol=0.1)
    assert np.allclose(landed[:2].mean(axis=0), np.mean(eye_places(size, margin), axis=0), atol=0.1)
    assert abs(landed[0, 1] - landed[1, 1]) < 0.1


def test_a_turned_picture_gives_the_crop_of_the_straight_one(portrait: np.ndarray, face: Face) -> None:
    turn = cv2.getRotationMatrix2D((226, 120), 25, 1.0)
    turned = cv2.warpAffine(portrait, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    moved = made(through(turn, face.landmarks.astype(float)))
    straight, again = align_crop(portrait, face).astype(int), align_crop(turned, moved).astype(int)
    middle = slice(40, 190)
    assert np.abs(straight - again)[middle, middle].mean() < 6.0
    assert np.abs(straight - straight[:, ::-1])[middle, middle].mean() > 6.0  # what a wrong crop would give


def test_a_large_picture_is_averaged_not_skipped() -> None:
    """One-pixel stripes under a face ten times the crop's: any pixel that is skipped would show as black or white."""
    stripes = np.zeros((1600, 1600, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = align_crop(stripes, made(FRONTAL * 8), size=48)
    assert crop[10:38, 10:38].min() > 100 and crop[10:38, 10:38].max() < 155


def test_a_reduced_picture_keeps_its_place(portrait: np.ndarray, face: Face) -> None:
    twice = cv2.resize(portrait, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    larger = made((face.landmarks + 0.5) * 6 - 0.5)
    apart = align_crop(twice, larger).astype(int) - align_crop(portrait, face).astype(int)
    assert np.abs(apart).mean() < 3.0


def test_outside_the_picture_its_edge_is_repeated() -> None:
    picture = np.full((150, 150, 3), 90, np.uint8)
    crop = align_crop(picture, made(FRONTAL - 75))
    assert (crop == 90).all()


def test_a_face_from_the_side_is_not_enlarged() -> None:
    side = FRONTAL.copy()
    side[:, 0] = 100 + (side[:, 0] - 100) * 0.1
    front, turned = alignment(made(FRONTAL)), alignment(made(side))
    assert abs(np.linalg.det(turned[:, :2]) / np.linalg.det(front[:, :2]) - 1) < 0.15


@pytest.mark.parametrize(
    "points",
    [np.zeros((5, 2)), np.full((5, 2), np.nan), FRONTAL[:4], np.vstack([FRONTAL[:1], FRONTAL[:1], FRONTAL[2:]])],
    ids=["coincident", "not finite", "four", "one eye"],
)
def test_landmarks_that_span_no_face_are_refused(points: np.ndarray) -> None:
    with pytest.raises(AlignmentError):
        alignment(made(points))


def test_arguments_out_of_range_are_refused(portrait: np.ndarray, face: Face) -> None:
    with pytest.raises(ValueError, match="size"):
        align_crop(portrait, face, size=8)
    with pytest.raises(ValueError, match="margin"):
        align_crop(portrait, face, margin=2.0)
    with pytest.raises(ImageError):
        align_crop(portrait[..., 0], face)
