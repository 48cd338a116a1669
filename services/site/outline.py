"""Outlines drawn on a camera's picture: polygons whose corners are fractions of its width and height.

Of the picture as it is meant to be seen: upright, with square pixels; (0, 0) is its upper left corner.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

Part = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False, strict=True)]
Point = tuple[Part, Part]
LEAST_AREA = 1e-5
"""Of the picture: about three pixels of the frames that are published."""


def edges(corners: tuple[Point, ...]) -> Iterator[tuple[Point, Point]]:
    """From each corner to the next, and from the last to the first."""
    return zip(corners, (*corners[1:], corners[0]), strict=True)


def contains(corners: tuple[Point, ...], x: float, y: float) -> bool:
    """Whether a point lies inside: a ray from it crosses the outline an odd number of times."""
    inside = False
    for (ax, ay), (bx, by) in edges(corners):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def _drawable(corners: tuple[Point, ...]) -> tuple[Point, ...]:
    """An outline with an area that does not cross itself: of another nobody can say what is inside."""
    area = sum(ax * by - bx * ay for (ax, ay), (bx, by) in edges(corners)) / 2
    if abs(area) < LEAST_AREA:
        raise ValueError("an outline without an area")
    lines = list(edges(corners))
    for index, one in enumerate(lines):
        for other in lines[index + 1 :]:
            if _cross(*one, *other):
                raise ValueError("an outline that crosses itself")
    return corners


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the lines ab and cd cross between their ends."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


Outline = Annotated[tuple[Point, ...], Field(min_length=3, max_length=32), AfterValidator(_drawable)]
"""Three corners or more, as a list of [x, y]."""
