"""The view states, each from pictures, and their debounce."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from skimage.data import astronaut

from faces.dc import dc_image
from faces.doubt import Doubt
from services.bus.models import STATUSES
from services.keyframe.view import DOUBTS, Status, View, ViewPolicy, measure
from tests.services.moments import at

PORTRAIT = np.ascontiguousarray(np.asarray(astronaut())[:384].mean(axis=2).astype(np.uint8))
RNG = np.random.default_rng(3)


def noisy(luma: np.ndarray, sigma: float = 2.0) -> np.ndarray:
    """The picture as a sensor would see it, this time."""
    return np.clip(luma + RNG.normal(0, sigma, luma.shape), 0, 255).astype(np.uint8)


def show(view: View, seconds: float, luma: np.ndarray, faces: int | None = None) -> str | None:
    """One frame; the state afterwards."""
    view.observe_picture(at(seconds), measure(dc_image(luma)))
    if faces is not None:
        view.observe_faces(at(seconds), faces)
    return view.state.status if view.state else None


def hand(level: float) -> np.ndarray:
    """A hand before the lens: a smooth gradient around a brightness, with noise."""
    ys, xs = np.mgrid[-1:1:480j, -1:1:640j]
    return noisy(level + 0.3 * level * xs + 0.2 * level * ys)


def test_known_answers_of_the_measures() -> None:
    dc = np.array([[0, 0, 100], [0, 0, 100]], np.uint8)
    found = measure(dc)
    assert found.luma == pytest.approx(100 / 3)
    assert found.edges == pytest.approx(2 / 7)  # two of the four across, none of the three down


def test_a_face_is_ok_at_once() -> None:
    assert show(View(ViewPolicy()), 0, noisy(PORTRAIT), 1) == "ok"


@pytest.mark.parametrize(("faces", "status"), [(0, "no_face"), (2, "several_faces"), (5, "several_faces")])
def test_no_face_and_several_faces_are_told_once_they_lasted(faces: int, status: str) -> None:
    view = View(ViewPolicy(hold_s=3.0))
    show(view, 0, noisy(PORTRAIT), 1)
    told = [show(view, t, noisy(PORTRAIT), faces) for t in (1, 2, 3, 4)]
    assert told == ["ok", "ok", "ok", status]
    assert view.state is not None and view.state.since == at(1)
    assert view.face_count == faces


@pytest.mark.parametrize(
    ("doubt", "status"),
    [
        (Doubt.TURNED_AWAY, "face_turned_away"),
        (Doubt.TOO_SMALL, "face_too_small"),
        (Doubt.UNCLEAR, "face_unclear"),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_why_a_face_cannot_be_judged_is_told_once_it_lasted(doubt: Doubt, status: str, count: int) -> None:
    view = View(ViewPolicy(hold_s=3.0))
    show(view, 0, noisy(PORTRAIT), 1)
    told = []
    for t in (1, 2, 3, 4):
        view.observe_picture(at(t), measure(dc_image(noisy(PORTRAIT))))
        view.observe_faces(at(t), count, doubt)
        told.append(view.state.status if view.state else None)
    assert told == ["ok", "ok", "ok", status]


def test_every_doubt_is_a_state() -> None:
    assert set(DOUBTS) == set(Doubt)
    assert set(DOUBTS.values()) < STATUSES["keyframe"] == set(get_args(Status))


def test_one_sample_is_not_enough_whatever_time_passes() -> None:
    view = View(ViewPolicy(hold_s=0.0))
    show(view, 0, noisy(PORTRAIT), 1)
    assert show(view, 5, noisy(PORTRAIT), 0) == "ok"
    assert show(view, 6, noisy(PORTRAIT)) == "ok"  # seen, but not searched for faces
    assert show(view, 7, noisy(PORTRAIT), 0) == "no_face"


def test_a_face_lost_for_a_moment_is_not_told() -> None:
    view = View(ViewPolicy(hold_s=3.0))
    told = {show(view, t, noisy(PORTRAIT), int(t % 3 == 0)) for t in range(30)}
    assert told == {"ok"}


def test_a_state_that_flickers_between_two_others_is_told() -> None:
    view = View(ViewPolicy(hold_s=3.0))
    show(view, 0, noisy(PORTRAIT), 1)
    for t in range(1, 6):
        show(view, t, noisy(PORTRAIT), 0 if t % 2 else 2)
    assert view.state is not None and view.state.status in ("no_face", "several_faces")


@pytest.mark.parametrize("level", [16, 20, 28])
def test_a_dark_room_is_dark(level: int) -> None:
    view = View(ViewPolicy(hold_s=2.0))
    told = [show(view, t, noisy(np.full((480, 640), level))) for t in range(4)]
    assert told == [None, None, "dark", "dark"]


@pytest.mark.parametrize("level", [60, 120, 170])
def test_a_covered_lens_is_covered_at_any_brightness(level: int) -> None:
    view = View(ViewPolicy(hold_s=2.0))
    assert [show(view, t, hand(level)) for t in range(4)][-1] == "covered"


def test_a_normal_picture_is_neither_dark_nor_covered_nor_frozen() -> None:
    view = View(ViewPolicy())
    for t in range(60):
        show(view, t, noisy(PORTRAIT, 1.0))
        assert view.picture_state == "clear"


def test_the_same_picture_again_and_again_is_frozen() -> None:
    view = View(ViewPolicy(frozen_s=10, frozen_samples=10, hold_s=2))
    still = noisy(PORTRAIT)
    told = [show(view, t, still, 1 if t == 0 else None) for t in range(16)]
    assert told[:11] == ["ok"] * 11
    assert told[-1] == "frozen"
    assert view.face_count == 0


def test_near_identical_pictures_with_a_codecs_refresh_are_frozen() -> None:
    view = View(ViewPolicy(hold_s=0))
    still = noisy(PORTRAIT)
    for t in range(20):
        shown = still.copy()
        shown[:8, :64] += np.uint8(t % 3)  # the codec still polishes a few blocks
        if t == 12:
            shown = noisy(still)  # a whole refresh
        show(view, t, shown)
    assert view.state is not None and view.state.status == "frozen"


def test_frozen_needs_time_not_only_samples() -> None:
    view = View(ViewPolicy(frozen_s=10, hold_s=0))
    still = noisy(PORTRAIT)
    for n in range(140):  # 15 a second
        show(view, n / 15, still)
        assert view.picture_state == "clear"


def test_frozen_ends_when_the_picture_moves() -> None:
    view = View(ViewPolicy(hold_s=0))
    still = noisy(PORTRAIT)
    for t in range(14):
        show(view, t, still)
    assert view.picture_state == "frozen"
    states = []
    for t in range(14, 22):
        show(view, t, noisy(PORTRAIT))
        states.append(view.picture_state)
    assert states[-1] == "clear" and states.index("clear") <= 6


def test_a_flat_picture_that_stands_still_is_covered_not_frozen() -> None:
    view = View(ViewPolicy(hold_s=0))
    flat = np.full((480, 640), 120, np.uint8)
    assert [show(view, t, flat) for t in range(15)][-1] == "covered"


def test_a_found_face_proves_that_the_picture_can_be_seen() -> None:
    view = View(ViewPolicy(hold_s=2.0))
    dim = np.clip(PORTRAIT.astype(float) * 0.2 + 4, 0, 255)
    assert measure(dc_image(noisy(dim))).luma < ViewPolicy().dark_luma
    assert show(view, 0, noisy(dim), 1) == "ok"
    assert {show(view, t, noisy(dim)) for t in range(1, 8)} == {"ok"}
    assert [show(view, t, noisy(dim * 0.5)) for t in range(8, 12)][-1] == "dark"


def test_another_size_of_picture_is_not_compared() -> None:
    view = View(ViewPolicy())
    show(view, 0, noisy(PORTRAIT))
    show(view, 1, noisy(PORTRAIT[:240, :320]))
    assert view.picture_state == "clear"
