"""Which five points can be a face's: the same answer at any place, size and roll; wrong orders and shapes refused."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.doubt import Doubt
from faces.face import Face
from faces.plausible import Shape, doubt_of, is_turned_away

FRONT = np.array([[-32.6, -34.4], [32.6, -34.4], [0, -4.1], [-25, 36.5], [24.9, 36.4]])
"""Millimetres: eyes, nose and mouth of the mean of a scanned face model (USC ICT FaceKit), x to the right, y down."""
EARS = np.array([[-74.0, -37.0], [74.0, -37.0]])
DEPTH = np.array([92.2, 92.2, 130.7, 100.6, 100.6, 37.0, 37.0])
"""Of these five and the ears, toward the viewer."""


def made(points: np.ndarray, side: float = 170.0, ears: np.ndarray | None = None) -> Face:
    middle = points.mean(axis=0)
    box = (middle[0] - side / 2, middle[1] - side / 2, side, side)
    return Face(box, points.astype(np.float32), 1.0, None if ears is None else ears.astype(np.float32))


def moved(**by: tuple[float, float]) -> np.ndarray:
    """The model with its nose, or a corner of its mouth, somewhere else."""
    points = FRONT.copy()
    for row, name in ((2, "nose"), (3, "left"), (4, "right")):
        points[row] += by.get(name, (0, 0))
    return points


def seen_from(aside: float) -> Face:
    """The model turned aside by degrees, from far away."""
    cos, sin = math.cos(math.radians(aside)), math.sin(math.radians(aside))
    points = np.concatenate([FRONT, EARS])
    points[:, 0] = points[:, 0] * cos + DEPTH * sin
    return made(points[:5], ears=points[5:])


def test_the_mean_face_is_plausible() -> None:
    assert doubt_of(made(FRONT)) is None


@given(st.floats(-180, 180), st.floats(0.2, 20), st.floats(-1000, 1000))
def test_place_size_and_roll_change_nothing(degrees: float, scale: float, shift: float) -> None:
    cos, sin = math.cos(math.radians(degrees)) * scale, math.sin(math.radians(degrees)) * scale
    shape, moved = Shape.of(FRONT), Shape.of(FRONT @ np.array([[cos, sin], [-sin, cos]]) + shift)
    assert shape is not None and moved is not None
    assert np.allclose(astuple(shape), astuple(moved), atol=1e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        FRONT[[1, 0, 2, 3, 4]],
        FRONT[[1, 0, 2, 4, 3]],
        FRONT[[3, 4, 2, 0, 1]],
        FRONT[[0, 1, 2, 4, 3]],
        FRONT * (1, 0.4),
        moved(nose=(0, -60)),
        moved(nose=(0, 60)),
        moved(left=(20, 0), right=(-20, 0)),
        moved(left=(-25, 0), right=(25, 0)),
        moved(left=(0, -20), right=(0, 20)),
        moved(left=(95, 0), right=(95, 0)),
        FRONT * np.nan,
        np.zeros((5, 2)),
    ],
    ids=[
        "eyes swapped", "mirrored", "mouth for eyes", "mouth swapped", "too low", "nose above the eyes",
        "nose below the mouth", "no mouth", "mouth too wide", "mouth aslant", "mouth aside", "not finite", "one point",
    ],
)  # fmt: skip
def test_what_cannot_be_a_face_is_unclear(wrong: np.ndarray) -> None:
    assert doubt_of(made(wrong)) is Doubt.UNCLEAR


def test_eyes_too_close_together_for_a_front_are_turned_away() -> None:
    assert doubt_of(made(FRONT * (0.75, 1))) is None
    assert doubt_of(made(FRONT * (0.5, 1))) is Doubt.TURNED_AWAY


@pytest.mark.parametrize("side", [60.0, 400.0])
def test_a_box_that_does_not_fit_the_landmarks_is_unclear(side: float) -> None:
    assert doubt_of(made(FRONT, side)) is Doubt.UNCLEAR


def test_a_box_beside_its_landmarks_is_unclear() -> None:
    face = made(FRONT)
    assert doubt_of(Face((100.0, 0.0, 170.0, 170.0), face.landmarks, 1.0)) is Doubt.UNCLEAR


@pytest.mark.parametrize("aside", [-75, -60, 60, 75])
def test_a_face_seen_from_the_side_is_turned_away(aside: float) -> None:
    assert is_turned_away(seen_from(aside))


@pytest.mark.parametrize("aside", [-30, -15, 0, 15, 30])
def test_a_face_a_little_aside_is_not(aside: float) -> None:
    face = seen_from(aside)
    assert not is_turned_away(face) and doubt_of(face) is None


def test_without_ears_nothing_is_said_of_the_side() -> None:
    assert not is_turned_away(made(FRONT))
