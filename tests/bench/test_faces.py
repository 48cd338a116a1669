"""The comparison of detectors: where it puts a face, and what it says of what was found."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.faces import BOX_OVER_EYES, Portrait, turned, verdict
from faces.face import Face

EYES = np.array([(100.0, 80.0), (160.0, 80.0)])


def marked() -> Portrait:
    """Black, with a red left eye and a green right one."""
    rgb = np.zeros((200, 260, 3), np.uint8)
    for channel, (x, y) in enumerate(EYES.astype(int).tolist()):
        rgb[y - 3 : y + 4, x - 3 : x + 4, channel] = 255
    return Portrait(rgb, EYES, "made")


def at(degrees: float, box_px: float, off: tuple[float, float] = (0, 0)) -> Face:
    """A face in the middle of 640x480, its eyes turned clockwise."""
    half = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]) * box_px / BOX_OVER_EYES / 2
    middle = np.array([320, 240]) + off
    landmarks = np.stack([middle - half, middle + half, middle, middle, middle]).astype(np.float32)
    return Face((0.0, 0.0, 1.0, 1.0), landmarks, 1.0)


@pytest.mark.parametrize("degrees", [0, 60, 90, 225])
@pytest.mark.parametrize("box_px", [60, 150])
def test_the_face_is_turned_about_the_middle_at_the_size_asked_for(degrees: int, box_px: int) -> None:
    picture = turned(marked(), degrees, box_px)
    assert picture.shape == (480, 640, 3)
    places = [np.argwhere(picture[..., channel] > 100).mean(axis=0)[::-1] for channel in (0, 1)]
    assert np.allclose(places, at(degrees, box_px).landmarks[:2], atol=1.0)  # a pixel's rounding of the marks


def test_what_is_said_of_what_was_found() -> None:
    one = marked()
    assert verdict([], one, 30, 60) == "missed"
    assert verdict([at(30, 60)], one, 30, 60) == "upright"
    assert verdict([at(54, 60)], one, 30, 60) == "upright"
    assert verdict([at(56, 60)], one, 30, 60) == "askew"
    assert verdict([at(-150, 60)], one, 30, 60) == "askew"
    assert verdict([at(30, 60, (40, 0))], one, 30, 60) == "elsewhere"
    assert verdict([at(-170, 60)], one, 170, 60) == "upright"
