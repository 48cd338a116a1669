"""Quarter turns and back, and the habit of a camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.face import Face
from faces.turns import TURNS, Habit, face_in_picture, turn_of, turned_back

POINTS = np.array([[40, 20], [50, 20], [45, 26], [41, 32], [49, 32]], np.float32)


def at(turn: int) -> Face:
    """An upright face, turned."""
    points = POINTS
    for _ in range(turn):
        points = np.stack([100 - points[:, 1], points[:, 0]], axis=1)
    return Face((0.0, 0.0, 1.0, 1.0), points, 1.0)


@pytest.mark.parametrize("turn", range(TURNS))
def test_a_mark_of_the_turned_picture_is_found_again_in_the_picture(turn: int) -> None:
    picture = np.zeros((30, 50, 3), np.uint8)
    marks = [(7, 3), (20, 3), (13, 9), (9, 15), (18, 15)]
    for value, (x, y) in enumerate(marks, 1):
        picture[y, x] = value
    back = turned_back(picture, turn)
    places = [np.argwhere(back[..., 0] == value)[0][::-1] for value in range(1, 6)]
    found = Face((2.0, 1.0, 6.0, 4.0), np.array(places, np.float32), 0.5, np.array(places[:2], np.float32))
    face = face_in_picture(found, turn, picture.shape)
    assert face.landmarks.tolist() == [list(map(float, mark)) for mark in marks]
    assert face.ears is not None and face.ears.tolist() == face.landmarks[:2].tolist()
    assert sorted(face.box[2:]) == [4.0, 6.0] and face.confidence == 0.5


@pytest.mark.parametrize("turn", range(TURNS))
def test_the_turn_of_a_face_brings_it_upright(turn: int) -> None:
    assert turn_of(at(turn)) == turn


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(2, 4))
def test_every_turn_is_tried_soon_whatever_was_learnt(learnt: list[int], count: int) -> None:
    habit = Habit()
    for turn in learnt:
        habit.learn(at(turn), count)
    tried: set[int] = set()
    for _ in range(-(-(TURNS - 1) // (count - 1))):
        proposals = habit.proposals(count)
        assert len(set(proposals)) == count and proposals[0] == habit.usual
        tried.update(proposals)
        habit.learn(None, count)
    assert tried == set(range(TURNS))


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(0, 3))
def test_what_is_seen_again_and_again_becomes_usual(learnt: list[int], turn: int) -> None:
    habit = Habit()
    for one in [*learnt, *[turn] * 4]:  # 0.8 ** 4 is below a half
        habit.learn(at(one), 2)
    assert habit.usual == turn


def test_one_odd_face_changes_nothing() -> None:
    habit = Habit()
    for turn in (1, 1, 1, 1, 2):
        habit.learn(at(turn), 2)
    assert habit.usual == 1


@pytest.mark.parametrize("count", [0, 5])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="count"):
        Habit().proposals(count)
