"""One living publisher per camera; the dead are replaced or reaped."""

from __future__ import annotations

import pytest

from services.ingest.sources.whip.errors import CameraBusy, NotFound, Unavailable
from services.ingest.sources.whip.session_table import LONGEST_LOOK_S, LivenessPolicy, Session, SessionTable

POLICY = LivenessPolicy(connect_s=15, silence_s=30, takeover_s=3, max_sessions=2)


def answered(table: SessionTable, session_id: str, camera: str, now: float = 0.0) -> Session:
    """A session whose offer was answered at once."""
    session = table.add(session_id, camera, '"e"', now)
    table.answered(session_id, now)
    return session


def test_a_second_publisher_is_busy_while_the_first_sends() -> None:
    table = SessionTable(POLICY)
    first = answered(table, "s1", "cam")
    first.connected, first.last_packet_at = True, 100.0
    with pytest.raises(CameraBusy) as caught:
        table.add("s2", "cam", '"e"', 101.0)
    assert caught.value.headers["Retry-After"] == "2"


def test_a_silent_holder_gives_way_once_released() -> None:
    table = SessionTable(POLICY)
    first = answered(table, "s1", "cam")
    first.connected, first.last_packet_at = True, 100.0
    assert table.check("cam", 103.0) is first
    with pytest.raises(CameraBusy):
        table.add("s2", "cam", '"e"', 103.0)
    table.remove("s1")
    assert table.add("s2", "cam", '"e"', 103.0).id == "s2"


def test_one_that_never_connected_gives_way_too() -> None:
    table = SessionTable(POLICY)
    answered(table, "s1", "cam")
    with pytest.raises(CameraBusy):
        table.check("cam", 2.9)
    assert table.check("cam", 3.0) is not None


def test_sessions_are_limited() -> None:
    table = SessionTable(POLICY)
    answered(table, "s1", "a")
    answered(table, "s2", "b")
    with pytest.raises(Unavailable) as caught:
        answered(table, "s3", "c")
    assert int(caught.value.headers["Retry-After"]) >= 1


def test_a_session_is_found_by_its_own_camera_only() -> None:
    table = SessionTable(POLICY)
    session = answered(table, "s1", "a")
    assert table.find("a", "s1") is session
    for camera, session_id in (("b", "s1"), ("a", "s2")):
        with pytest.raises(NotFound):
            table.find(camera, session_id)


def test_who_is_due() -> None:
    table = SessionTable(POLICY)
    never = answered(table, "s1", "a")
    silent = answered(table, "s2", "b")
    silent.connected, silent.last_packet_at = True, 10.0
    assert table.due(14.9) == []
    assert table.due(15.0) == [(never, "never_connected")]
    table.remove("s1")
    assert table.due(39.9) == []
    assert table.due(40.0) == [(silent, "silent")]


def test_connected_without_a_packet_is_silent_from_its_opening() -> None:
    table = SessionTable(POLICY)
    answered(table, "s1", "a").connected = True
    assert table.due(29.9) == []
    assert [why for _, why in table.due(30.0)] == ["silent"]


def test_a_pending_offer_neither_gives_way_nor_is_reaped() -> None:
    table = SessionTable(POLICY)
    table.add("s1", "cam", '"e"', 0.0)
    with pytest.raises(CameraBusy):
        table.check("cam", 9.0)
    assert table.due(60.0) == []
    table.answered("s1", 9.0)
    assert table.due(23.9) == []
    assert [why for _, why in table.due(24.0)] == ["never_connected"]


def undecoded(session: Session, begin: int, end: int, *, frames: int = 0, may: bool = True) -> None:
    """A packet a second, and no picture."""
    for second in range(begin, end + 1):
        session.look(float(second), second + 1, frames, may=may)


def test_packets_of_which_nothing_is_seen_for_a_minute_end_a_session() -> None:
    table = SessionTable(POLICY)
    session = answered(table, "s1", "cam")
    session.connected = True
    undecoded(session, 0, 59)
    assert table.due(59.0) == []
    undecoded(session, 60, 60)
    assert table.due(60.0) == [(session, "undecodable")]


def test_a_picture_now_and_then_is_seen_and_what_may_not_be_seen_is_not_missed() -> None:
    table = SessionTable(POLICY)
    session = answered(table, "s1", "cam")
    session.connected = True
    for number in range(5):
        undecoded(session, 55 * number, 55 * number + 54, frames=number)
        assert table.due(55.0 * number + 54) == []
    undecoded(session, 275, 600, frames=4, may=False)
    undecoded(session, 601, 659, frames=4)
    assert table.due(659.0) == []
    undecoded(session, 660, 660, frames=4)
    assert table.due(660.0) == [(session, "undecodable")]


def test_time_without_packets_or_without_a_look_is_not_time_in_which_nothing_is_seen() -> None:
    table = SessionTable(POLICY)
    session = answered(table, "s1", "cam")
    session.connected = True
    session.look(0.0, 1, 1, may=True)
    session.look(25.0, 1, 1, may=True)
    session.look(50.0, 2, 1, may=True)
    session.look(1000.0, 3, 1, may=True)
    assert session.unseen_s == 2 * LONGEST_LOOK_S and table.due(1000.0) == []
