"""Outlines: which can be drawn, and what lies within."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.site.outline import Outline, contains

OUTLINE: TypeAdapter = TypeAdapter(Outline)
SQUARE = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]
HOOK = [[0, 0], [1, 0], [1, 0.2], [0.2, 0.2], [0.2, 1], [0, 1]]
PARTS = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("corners", "reason"),
    [
        (SQUARE[:2], "at least 3"),
        (SQUARE * 9, "at most 32"),
        ([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]], "without an area"),
        ([[0, 0], [1, 1], [1, 0], [0, 1]], "area|crosses"),
        ([[0, 0], [0.9, 1], [1, 0], [0, 0.8]], "crosses"),
        ([[0, 0], [1.1, 0], [1, 1]], "less than or equal to 1"),
        ([[0, 0], [float("nan"), 0], [1, 1]], "finite|greater|less"),
        ([[0, 0], ["0.5", 0], [1, 1]], "valid number"),
        ([[0, 0], [True, 0], [1, 1]], "valid number"),
        ([[0, 0, 0], [1, 0, 0], [1, 1, 0]], "at most 2"),
        ("left half", "valid tuple"),
    ],
)
def test_what_cannot_be_drawn_is_refused(corners: object, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        OUTLINE.validate_python(corners)


def test_what_lies_within() -> None:
    square, hook = OUTLINE.validate_python(SQUARE), OUTLINE.validate_python(HOOK)
    assert contains(square, 0.5, 0.5)
    assert not contains(square, 0.2, 0.5)
    assert contains(hook, 0.9, 0.1)
    assert contains(hook, 0.1, 0.9)
    assert not contains(hook, 0.5, 0.5)


@given(PARTS, PARTS, PARTS, PARTS, PARTS, PARTS)
def test_rectangles_contain_what_is_between_their_sides(
    left: float, top: float, right: float, bottom: float, x: float, y: float
) -> None:
    assume(right - left > 0.01 and bottom - top > 0.01)
    assume(x not in (left, right) and y not in (top, bottom))
    corners = OUTLINE.validate_python([[left, top], [right, top], [right, bottom], [left, bottom]])
    assert contains(corners, x, y) == (left < x < right and top < y < bottom)
