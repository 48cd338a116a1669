"""Faces at any roll, and what is no face to judge: photographs and drawn people, turned in steps of 15 degrees."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from faces.align import align_crop
from faces.blazeface import BlazeFace
from faces.detect import Detector
from faces.doubt import Doubt
from faces.errors import DetectionError, ImageError
from faces.face import Face
from faces.turns import Habit
from tests.faces.pictures import EYES, apart, roll_of, turned
from training.synth.face import FaceParams, render
from training.synth.identity import Identity
from training.synth.pose import Pose
from training.synth.splits import seed_of

MOST_OFF = 25.0
"""Degrees from upright beyond which no crop may be."""
ROLLS = range(0, 360, 15)


def near_middle(faces: tuple[Face, ...] | list[Face], eyes_px: float) -> list[Face]:
    return [face for face in faces if np.hypot(*(face.between - (320, 240))) < eyes_px]


@pytest.mark.parametrize("eyes_px", [28, 45])
def test_a_face_is_upright_in_its_crop_at_any_roll(portrait: np.ndarray, detector: Detector, eyes_px: int) -> None:
    for degrees in ROLLS:
        (face,) = detector.detect(turned(portrait, EYES, degrees, eyes_px))
        assert near_middle([face], eyes_px), degrees
        assert apart(face.roll, degrees + roll_of(EYES)) < MOST_OFF, degrees


def test_nine_of_ten_drawn_faces_are_found_at_any_roll_and_none_is_cropped_askew(detector: Detector) -> None:
    found = 0
    for number, degrees in enumerate(ROLLS):
        seed = seed_of("test", 700 + number)
        drawn = render(FaceParams(Identity.from_seed(seed), pose=Pose(eyes_px=96)))
        eyes = np.array([(272, 216), (368, 216)], float)
        faces = detector.detect(turned(drawn, eyes, degrees, 28))
        assert len(faces) == len(near_middle(faces, 28)) <= 1, degrees
        assert all(apart(face.roll, degrees) < MOST_OFF for face in faces), degrees
        found += len(faces)
    assert found >= 0.9 * len(ROLLS)


@pytest.mark.parametrize("degrees", [90, 150, 240])
def test_the_crop_of_a_turned_face_is_that_of_the_upright_one(
    portrait: np.ndarray, detector: Detector, degrees: int
) -> None:
    upright, lying = (turned(portrait, EYES, roll, 80) for roll in (0, degrees))
    crops = [
        align_crop(picture, detector.detect(picture)[0]).astype(int)[40:190, 40:190] for picture in (upright, lying)
    ]
    as_it_was = np.abs(crops[0] - crops[1]).mean()
    upside_down = np.abs(crops[0] - crops[1][::-1, ::-1]).mean()
    assert as_it_was < upside_down / 3


def test_finds_the_one_face_of_the_portrait(face: Face, detector: Detector, portrait: np.ndarray) -> None:
    assert len(detector.detect(portrait)) == 1
    assert face.confidence > 0.99
    assert np.abs(face.landmarks[:2] - EYES).max() < 5.0  # as the portrait's own reading by eye


def test_a_face_from_the_side_is_turned_away_and_not_judged(profile: np.ndarray, detector: Detector) -> None:
    for turn in range(4):
        look = detector.look(np.ascontiguousarray(np.rot90(profile[60:360, 120:420], turn)), Habit(), turns=4)
        assert (look.faces, look.best, look.doubt) == ((), None, Doubt.TURNED_AWAY)


def test_an_animal_is_no_face(cat: np.ndarray, detector: Detector) -> None:
    look = detector.look(cv2.resize(cat, (640, 426)), Habit(), turns=4)
    assert look.count == 0 and look.best is None and look.doubt in (None, Doubt.UNCLEAR)


def test_a_face_too_small_to_judge_is_said_to_be_one(portrait: np.ndarray) -> None:
    look = Detector(min_face_px=200).look(portrait, Habit())
    assert (look.faces, look.best, look.count, look.doubt) == ((), None, 0, Doubt.TOO_SMALL)
    assert Detector(min_face_px=48).look(portrait, Habit()).doubt is None


def test_two_faces_come_largest_first(detector: Detector, portrait: np.ndarray) -> None:
    small = cv2.resize(portrait, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    both = np.zeros((512, 512 + 384, 3), np.uint8)
    both[:384, :384] = small
    both[:, 384:] = portrait
    first, second = detector.detect(both)
    assert first.area > second.area
    assert first.landmarks[0, 0] > 384 > second.landmarks[0, 0]


def test_a_larger_face_that_is_turned_away_is_not_exchanged_for_a_smaller_one(
    detector: Detector, portrait: np.ndarray, profile: np.ndarray
) -> None:
    man = cv2.resize(profile[60:360, 120:420], None, fx=1.6, fy=1.6)
    both = np.zeros((480, 480 + 256, 3), np.uint8)
    both[:, :480] = man
    both[:256, 480:] = cv2.resize(portrait, (256, 256), interpolation=cv2.INTER_AREA)
    look = Detector(min_face_px=30).look(both, Habit())
    assert len(look.faces) == 1 and look.count == 2
    assert look.best is None and look.doubt is Doubt.TURNED_AWAY


@pytest.mark.parametrize("place", [(40, 60), (700, 1500), (560, 250)])
def test_a_small_face_in_a_large_picture_is_found(
    detector: Detector, portrait: np.ndarray, place: tuple[int, int]
) -> None:
    """One side of its box is a thirtieth of the picture's."""
    row, column = place
    large = np.full((1200, 2000, 3), 110, np.uint8)
    large[row : row + 350, column : column + 350] = cv2.resize(portrait, (350, 350), interpolation=cv2.INTER_AREA)
    (face,) = detector.detect(large)
    expected = EYES.mean(axis=0) * 350 / 512 + (column, row)
    assert np.hypot(*(face.between - expected)) < 5 and face.side < 2000 / 20


def test_a_camera_that_lies_is_learnt_and_then_costs_one_look(
    portrait: np.ndarray, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying, habit = turned(portrait, EYES, 90, 45), Habit()
    while habit.usual != 1:
        detector.look(lying, habit)
    runs = []
    find = BlazeFace.find
    monkeypatch.setattr(BlazeFace, "find", lambda self, rgb: runs.append(rgb.shape) or find(self, rgb))
    assert detector.look(lying, habit).best is not None
    assert [shape for shape in runs if max(shape) > 192] == [(640, 480, 3)]


def test_a_look_tries_no_more_turns_than_asked_for(monkeypatch: pytest.MonkeyPatch, detector: Detector) -> None:
    runs = []
    find = BlazeFace.find
    monkeypatch.setattr(BlazeFace, "find", lambda self, rgb: runs.append(rgb.shape) or find(self, rgb))
    for turns in range(1, 5):
        runs.clear()
        detector.look(np.full((48, 64, 3), 127, np.uint8), Habit(), turns)
        assert len(runs) == turns


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 640, 3), (480, 640, 3)])
def test_no_face_in_a_flat_picture(shape: tuple[int, ...], detector: Detector) -> None:
    look = detector.look(np.full(shape, 127, np.uint8), Habit(), turns=4)
    assert (look.faces, look.doubt, look.count, look.best) == ((), None, 0, None)


def test_noise_never_escapes_as_an_untyped_error(detector: Detector) -> None:
    rng = np.random.default_rng(7)
    for shape in ((60, 60, 3), (64, 200, 3), (480, 640, 3)):
        try:
            faces = detector.detect(rng.integers(0, 256, shape, np.uint8))
        except DetectionError as error:
            assert error.height > 0
        else:
            assert faces == []


def test_what_is_no_rgb_picture_is_refused(detector: Detector) -> None:
    with pytest.raises(ImageError):
        detector.detect(np.zeros((64, 64), np.uint8))


@pytest.mark.parametrize("wrong", [{"min_face_px": 10}, {"min_face_px": 500}, {"min_confidence": 1.5}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Detector(**wrong)  # type: ignore[arg-type]


def test_a_face_does_not_print_itself(face: Face) -> None:
    assert str(int(face.landmarks[0, 0])) not in repr(face)
