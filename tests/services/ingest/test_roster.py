"""One living publisher per camera; the dead are replaced or reaped."""

from __future__ import annotations

import pytest

from services.ingest.errors import CameraBusy, NotFound, Unavailable
from services.ingest.roster import LivenessPolicy, Roster, Seat

POLICY = LivenessPolicy(connect_s=15, silence_s=30, takeover_s=3, max_sessions=2)


def seated(roster: Roster, session: str, camera: str, now: float = 0.0) -> Seat:
    """A session whose offer was answered at once."""
    seat = roster.take(session, camera, '"e"', now)
    roster.answered(session, now)
    return seat


def test_a_second_publisher_is_busy_while_the_first_is_heard() -> None:
    roster = Roster(POLICY)
    first = seated(roster, "s1", "cam")
    first.connected, first.heard_at = True, 100.0
    with pytest.raises(CameraBusy) as caught:
        roster.take("s2", "cam", '"e"', 101.0)
    assert caught.value.headers["Retry-After"] == "2"


def test_a_silent_holder_gives_way_once_released() -> None:
    roster = Roster(POLICY)
    first = seated(roster, "s1", "cam")
    first.connected, first.heard_at = True, 100.0
    assert roster.check("cam", 103.0) is first
    with pytest.raises(CameraBusy):
        roster.take("s2", "cam", '"e"', 103.0)
    roster.release("s1")
    assert roster.take("s2", "cam", '"e"', 103.0).session == "s2"


def test_one_that_never_connected_gives_way_too() -> None:
    roster = Roster(POLICY)
    seated(roster, "s1", "cam")
    with pytest.raises(CameraBusy):
        roster.check("cam", 2.9)
    assert roster.check("cam", 3.0) is not None


def test_seats_are_limited() -> None:
    roster = Roster(POLICY)
    seated(roster, "s1", "a")
    seated(roster, "s2", "b")
    with pytest.raises(Unavailable) as caught:
        seated(roster, "s3", "c")
    assert int(caught.value.headers["Retry-After"]) >= 1


def test_a_session_is_found_by_its_own_camera_only() -> None:
    roster = Roster(POLICY)
    seat = seated(roster, "s1", "a")
    assert roster.find("a", "s1") is seat
    for camera, session in (("b", "s1"), ("a", "s2")):
        with pytest.raises(NotFound):
            roster.find(camera, session)


def test_who_is_due() -> None:
    roster = Roster(POLICY)
    never = seated(roster, "s1", "a")
    heard = seated(roster, "s2", "b")
    heard.connected, heard.heard_at = True, 10.0
    assert roster.due(14.9) == []
    assert roster.due(15.0) == [(never, "never_connected")]
    roster.release("s1")
    assert roster.due(39.9) == []
    assert roster.due(40.0) == [(heard, "silent")]


def test_connected_but_never_heard_is_silent_from_its_opening() -> None:
    roster = Roster(POLICY)
    seated(roster, "s1", "a").connected = True
    assert roster.due(29.9) == []
    assert [why for _, why in roster.due(30.0)] == ["silent"]


def test_a_pending_offer_neither_gives_way_nor_is_reaped() -> None:
    roster = Roster(POLICY)
    roster.take("s1", "cam", '"e"', 0.0)
    with pytest.raises(CameraBusy):
        roster.check("cam", 9.0)
    assert roster.due(60.0) == []
    roster.answered("s1", 9.0)
    assert roster.due(23.9) == []
    assert [why for _, why in roster.due(24.0)] == ["never_connected"]
