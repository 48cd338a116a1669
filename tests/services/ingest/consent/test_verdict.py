"""The pure gate: what closes a camera, and that no clock can open it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bus.models import CameraRef
from services.ingest.consent.verdict import MOST_PAUSES, Held, RoomPause, Taken, judge
from tests.services.ingest.consent.ward import HOLDS, START, Ward

CAMERA = CameraRef(site="demo", ward="ward-1", room="room-1", camera="cam-1")
WARD = Ward()
QUESTION = "a5" * 16


def held(asked: float = 100.0, heard: float = 101.0, **changed: object) -> Held:
    """A statement that was taken."""
    statement = WARD.statement(CAMERA, QUESTION, **changed)
    return Held(statement.number, Taken(statement, asked, heard))


def test_nothing_is_processed_before_the_ward_has_spoken() -> None:
    assert judge(Held(), 0.0).status == "consent_unknown"


@pytest.mark.parametrize(
    ("basis", "status"),
    [
        ("given", ""),
        ("best_interest", ""),
        ("withdrawn", "consent_withdrawn"),
        ("none", "no_consent"),
        ("review_passed", "no_consent"),
    ],
)
def test_what_each_basis_comes_to(basis: str, status: str) -> None:
    assert judge(held(basis=basis), 102.0).status == status


def test_what_is_allowed_ends_by_the_time_since_the_question() -> None:
    one = held(asked=100.0, heard=160.0)
    assert judge(one, 100.0 + HOLDS.total_seconds() - 0.1).may
    assert judge(one, 100.0 + HOLDS.total_seconds()).status == "consent_unknown"
    assert judge(one, 159.0).status == "consent_unknown", "before it was heard: the clock is not the one of before"


def test_a_window_closes_from_the_earliest_to_the_latest_that_it_may_be() -> None:
    one = held(asked=100.0, heard=130.0, windows=(WARD.window(60, 120),))
    closed = [now for now in range(130, 300) if judge(one, now).status == "paused"]
    assert closed == list(range(160, 250)), "from 60 s after the question to 120 s after the hearing"
    assert judge(one, 200.0).by == "nurse"
    assert judge(one, 200.0).left_s == pytest.approx(50.0)


@given(
    basis=st.sampled_from(["given", "best_interest", "withdrawn", "none", "review_passed"]),
    now=st.floats(0, 2000),
    lasts=st.floats(1, 1000),
)
def test_a_pause_in_the_room_wins_over_everything(basis: str, now: float, lasts: float) -> None:
    pause = RoomPause("b7" * 16, 200.0, lasts, "privacy")
    verdict = judge(replace(held(basis=basis), pauses=(pause,)), now)
    if now < 200.0 + lasts:
        assert (verdict.status, verdict.by) == ("paused", "room")
        assert verdict.left_s is not None
        assert verdict.left_s <= lasts
    else:
        assert verdict.status != "paused"


def test_the_ward_can_end_a_pause_of_the_room_and_no_other() -> None:
    pause, other = (RoomPause(name * 16, 101.0, 900.0, "") for name in ("b7", "c8"))
    lifting = replace(held(lifted=(pause.id,)), pauses=(pause,))
    assert judge(lifting, 102.0).may
    assert not judge(replace(lifting, pauses=(pause, other)), 102.0).may


@given(
    wait=st.floats(0, 30),
    way=st.floats(0, 120),
    begins=st.floats(-500, 500),
    lasts=st.floats(1, 500),
    later=st.floats(0, 1500),
)
def test_while_the_ward_holds_a_window_for_running_the_camera_is_closed(
    wait: float, way: float, begins: float, lasts: float, later: float
) -> None:
    """The question is asked at 0; the ward answers after `wait`, its word is heard after `way`, and `later` we look."""
    one = held(asked=0.0, heard=wait + way, windows=(WARD.window(begins, begins + lasts),))
    now = wait + way + later
    ward_now = START + timedelta(seconds=now - wait)
    window = one.taken.statement.windows[0] if one.taken else None
    assert window is not None
    if window.holds(ward_now):
        assert not judge(one, now).may
    if ward_now >= START + HOLDS:
        assert not judge(one, now).may


@given(presses=st.lists(st.tuples(st.floats(0, 100), st.floats(1, 4000)), max_size=60))
def test_however_often_the_button_is_pressed_it_is_kept_and_few_pauses_are(presses: list[tuple[float, float]]) -> None:
    now, one, ends = 200.0, held(), 0.0
    for number, (later, lasts) in enumerate(presses):
        now += later
        one = one.with_pause(RoomPause(f"{number:032x}", now, lasts, ""), now)
        ends = max(ends, now + lasts)
        assert len(one.pauses) <= MOST_PAUSES
        assert max(pause.begun + pause.lasts_s for pause in one.pauses) == pytest.approx(ends)
        assert judge(one, now).status == "paused"
