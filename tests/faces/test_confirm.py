"""The second look: levelling again, and faces that are not what they were said to be."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from faces.blazeface import BlazeFace
from faces.confirm import Confirmation
from faces.detect import Detector
from faces.doubt import Doubt
from faces.face import Face
from faces.turns import TURNS, face_in_picture, turned_back
from tests.faces.pictures import EYES, apart, roll_of
from training.data import build
from training.synth.splits import seed_of


@pytest.fixture(scope="module")
def confirmation() -> Confirmation:
    return Confirmation(0.9)


@pytest.mark.parametrize("off", [-40.0, 40.0])
def test_a_candidate_levelled_badly_is_levelled_again(
    portrait: np.ndarray, face: Face, confirmation: Confirmation, off: float
) -> None:
    """The same face, its eyes and mouth turned about their middle."""
    middle, (cos, sin) = face.landmarks.mean(axis=0), (np.cos(np.radians(off)), np.sin(np.radians(off)))
    askew = (face.landmarks - middle) @ np.array([[cos, sin], [-sin, cos]], np.float32) + middle
    judged = confirmation.judge(portrait, Face(face.box, askew.astype(np.float32), 0.9))
    assert judged.confirmed and judged.doubt is None
    assert apart(judged.face.roll, roll_of(EYES)) < 5.0  # a pixel of the second detector's 48 by 48


@pytest.mark.parametrize("confidence", [0.6, 0.95])
def test_upside_down_landmarks_are_not_believed(
    portrait: np.ndarray, face: Face, confirmation: Confirmation, confidence: float
) -> None:
    wrong = 2 * face.landmarks.mean(axis=0) - face.landmarks
    judged = confirmation.judge(portrait, Face(face.box, wrong, confidence))
    assert not judged.confirmed and judged.doubt is Doubt.UNCLEAR


class _Pictures:
    """Takes the place of a detector, to keep the pictures that crops would be made from."""

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def detect(self, picture: np.ndarray) -> list[Face]:
        self.seen.append(picture)
        return []


@pytest.mark.parametrize("degrees", [-164.0418, 92.2175])
def test_a_face_that_both_detectors_take_for_upright_when_it_is_not_is_told_by_its_turns(
    degrees: float, detector: Detector, confirmation: Confirmation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drawn person of whom the first detector is sure, and the second finds landmarks, upside down."""
    pictures = _Pictures()
    monkeypatch.setattr(build, "_detector", lambda: pictures)
    build.samples_of(seed_of("validation", 109), per_level=1)
    upright = 0
    for picture in pictures.seen:
        (straight,) = detector.detect(picture)
        turn = cv2.getRotationMatrix2D((320, 240), -degrees, 1)
        lying = cv2.warpAffine(picture, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        for number in range(TURNS):
            for candidate in BlazeFace().find(turned_back(lying, number)):
                judged = confirmation.judge(lying, face_in_picture(candidate, number, lying.shape))
                if judged.doubt is None:
                    assert apart(judged.face.roll, straight.roll + degrees) < 25
                    upright += 1
    assert upright > 0
