"""Packets to pictures: in any order, with losses, wraps, hostile numbers."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.webrtc.video.assembly import (
    ASK_AGAIN_S,
    CAPACITY,
    GIVE_UP_S,
    KEY_PATIENCE_S,
    MAX_DROPOUT,
    MAX_MISORDER,
    Assembly,
    Coded,
    Packet,
)
from services.ingest.sources.webrtc.video.payload import Piece

PERIOD_S = 1 / 15


def picture(index: int, first: int, parts: int, *, key: bool = False, marked: bool = True) -> list[Packet]:
    """A picture's packets, from sequence number `first` on, at its time."""
    return [
        Packet(
            (first + part) % 2**16,
            index * 6000 % 2**32,
            marked and part == parts - 1,
            Piece(bytes([index % 256, part]), part == 0, key and part == 0, spare=False),
            index * PERIOD_S,
        )
        for part in range(parts)
    ]


def stream(pictures: int, first: int = 0, marked: bool = True) -> list[Packet]:
    """Pictures of one to four packets, the first a key."""
    packets: list[Packet] = []
    for index in range(pictures):
        packets += picture(index, first + len(packets), 1 + index % 4, key=index == 0, marked=marked)
    return packets


def fed(assembly: Assembly, packets: Iterable[Packet]) -> list[Coded]:
    return [coded for packet in packets for coded in assembly.add(packet)]


def names(found: Iterable[Coded]) -> list[int]:
    """The pictures by their index, each of which must be whole."""
    indices = []
    for one in found:
        index = one.data[0]
        assert one.data == b"".join(bytes([index, part]) for part in range(1 + index % 4))
        indices.append(index)
    return indices


@pytest.mark.parametrize("first", [0, 65_530])
@given(seed=st.integers(0, 2**32 - 1))
def test_pictures_come_whole_and_in_order_whatever_order_their_packets_have(first: int, seed: int) -> None:
    """Each packet at most 20 places from its own; again and again."""
    packets, chance = stream(40, first), random.Random(seed)
    mixed = packets[:1] + sorted(packets[1:] * 2, key=lambda one: (one.number - first) % 2**16 + chance.uniform(0, 20))
    found = fed(Assembly(), mixed)
    assert names(found) == list(range(40))
    assert [one.media for one in found] == [6000 * index for index in range(40)]


def test_a_marked_picture_is_whole_with_its_last_packet_and_any_other_with_the_next_ones_first() -> None:
    assert len(fed(Assembly(), stream(5))) == 5
    assert len(fed(Assembly(), stream(5, marked=False))) == 4


def test_when_it_came_and_when_it_was_whole() -> None:
    assembly = Assembly()
    fed(assembly, stream(1))
    late, rest = picture(1, 1, 2), picture(2, 3, 3)
    assert fed(assembly, [late[1], *rest]) == []
    found = fed(assembly, [Packet(late[0].number, late[0].timestamp, False, late[0].piece, 7.0)])
    assert [(one.received, one.complete) for one in found] == [(PERIOD_S, 7.0), (2 * PERIOD_S, 7.0)]


def test_marks_that_are_not_true_are_believed_once() -> None:
    """A sender that marks every packet: the picture that came in parts is not shown, nor what needs it."""
    assembly = Assembly()
    fed(assembly, stream(1))
    marked = [
        Packet(one.number, one.timestamp, True, one.piece, one.at)
        for index in range(1, 30)
        for one in picture(index, 2 * index - 1, 2, key=index == 20)
    ]
    found = fed(assembly, marked)
    assert [one.data for one in found[:1]] == [b"\x01\x00"], "a part, taken for the whole"
    assert [one.data for one in found[1:]] == [bytes([index, 0, index, 1]) for index in range(20, 29)]


def test_a_lost_packet_is_waited_for_then_given_up_and_a_key_is_asked_for() -> None:
    packets = stream(60)
    lost = next(one for one in packets if one.timestamp == 6000 * 6)
    assembly, found, asked = Assembly(), [], []
    for packet in packets:
        if packet is lost:
            continue
        if packet.timestamp == 6000 * 50:
            packet = Packet(
                packet.number, packet.timestamp, packet.last, Piece(packet.piece.data, True, True, False), packet.at
            )
        found += assembly.add(packet)
        if assembly.wants_key(packet.at):
            asked.append(packet.at)
    assert names(found) == [*range(6), *range(50, 60)], "nothing is shown that was built on what is lost"
    given_up = 6 * PERIOD_S + GIVE_UP_S
    assert given_up <= asked[0] <= given_up + 2 * PERIOD_S
    assert all(later - earlier >= ASK_AGAIN_S for earlier, later in pairwise(asked))
    assert len(asked) > 2


def test_a_packet_that_was_sent_again_in_time_costs_nothing() -> None:
    packets = stream(30)
    late = packets.pop(10)
    packets.insert(20, late)
    assembly = Assembly()
    assert names(fed(assembly, packets)) == list(range(30))
    assert not assembly.wants_key(packets[-1].at)


def test_what_needs_a_picture_before_the_first_is_not_shown_for_a_while() -> None:
    """A sender that repairs its pictures without ever sending a key."""
    packets = [
        Packet(one.number, one.timestamp, one.last, Piece(one.piece.data, one.piece.begins, False, False), one.at)
        for one in stream(150)
    ]
    assembly, asked, found = Assembly(), 0, []
    for packet in packets:
        found += assembly.add(packet)
        asked += assembly.wants_key(packet.at)
    assert 150 - len(found) == pytest.approx(KEY_PATIENCE_S / PERIOD_S, abs=1)
    assert asked == pytest.approx(KEY_PATIENCE_S / ASK_AGAIN_S, abs=2)


def test_the_rest_of_a_picture_whose_beginning_was_never_seen_is_not_shown() -> None:
    packets = stream(10)
    assert names(fed(Assembly(), [*picture(44, 65_533, 3)[1:], *packets])) == list(range(10))


@pytest.mark.parametrize("away", [MAX_DROPOUT + 1000, 2**15, 2**16 - MAX_MISORDER - 1000])
def test_a_sender_that_begins_anew_is_followed(away: int) -> None:
    assembly = Assembly()
    fed(assembly, stream(100))
    assert names(fed(assembly, stream(5, first=away))) == list(range(5))


def test_a_packet_that_comes_again_much_later_costs_nothing() -> None:
    packets = stream(200)
    again = packets[10]
    packets[-30:-30] = [again]
    packets[-20:-20] = [again]
    assembly = Assembly()
    assert names(fed(assembly, packets)) == list(range(200))
    assert not assembly.wants_key(packets[-1].at)


def test_what_is_passed_by_keeps_no_packet_of_a_sender_that_begins_anew() -> None:
    assembly, packets = Assembly(), stream(5, first=5000)
    fed(assembly, stream(5))
    assembly.add(packets[0])
    assert assembly._stray is not None
    assembly.pass_by(packets[1])
    assert assembly._stray is None


@given(
    st.lists(
        st.tuples(st.integers(0, 2**16 - 1), st.integers(0, 3), st.booleans(), st.booleans(), st.floats(0, 0.3)),
        max_size=300,
    )
)
def test_whatever_numbers_come_little_is_held(rows: list[tuple[int, int, bool, bool, float]]) -> None:
    assembly, at = Assembly(), 0.0
    for number, timestamp, last, key, pause in rows:
        at += pause
        assembly.add(Packet(number, timestamp, last, Piece(b"x", True, key, False), at))
        assert len(assembly._waiting) <= CAPACITY + 1


@pytest.mark.parametrize("step", [1, 2])
def test_a_picture_without_an_end_and_gaps_without_number_are_bounded(step: int) -> None:
    assembly = Assembly()
    for number in range(0, 20_000, step):
        assembly.add(Packet(number % 2**16, 0, False, Piece(b"x", True, False, False), 0.0))
        assert len(assembly._waiting) <= CAPACITY + 1


def test_what_is_passed_by_is_never_seen_and_a_key_picture_begins_anew() -> None:
    assembly, packets = Assembly(), stream(8)
    first = [one for one in packets if one.timestamp < 2 * 6000]
    passed = [one for one in packets if 2 * 6000 <= one.timestamp < 5 * 6000]
    rest = [one for one in packets if one.timestamp >= 5 * 6000]
    assert names(fed(assembly, first)) == [0, 1]
    for one in passed:
        assembly.pass_by(one)
    assert fed(assembly, rest) == []
    assert assembly.wants_key(rest[-1].at)
    again = picture(9, len(packets), 2, key=True)
    (coded,) = fed(assembly, again)
    assert (coded.key, coded.media) == (True, 9 * 6000), "in the time of before"
