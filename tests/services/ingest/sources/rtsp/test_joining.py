"""Packets of one picture become one; a stream that has a packet a picture waits for nothing."""

from __future__ import annotations

from fractions import Fraction

import av

from services.ingest.sources.rtsp.joining import MOST, MOST_BYTES, Joining


def packet(said: bytes, pts: int | None, key: bool = False) -> av.Packet:
    made = av.Packet(said)
    made.pts, made.time_base, made.is_keyframe = pts, Fraction(1, 90_000), key
    return made


def joined(packets: list[av.Packet]) -> list[tuple[bytes, int | None, bool]]:
    joining = Joining()
    return [(bytes(one), one.pts, one.is_keyframe) for each in packets for one in joining.whole(each)]


def test_a_packet_a_picture_is_handed_on_at_once() -> None:
    joining = Joining()
    for number in range(20):
        each = packet(b"whole", None if number == 0 else number * 6000)
        assert joining.whole(each) == [each]


def test_pieces_of_a_later_picture_are_one() -> None:
    pieces = [packet(letter, 6000 * number, True) for number in (0, 1) for letter in (b"a", b"b", b"c")]
    rest = [packet(b"d", 12_000), packet(b"e", 18_000)]
    found = joined([*pieces, *rest])
    assert found[-2:] == [(b"abc", 6000, True), (b"d", 12_000, False)], "the last one's next is not there yet"
    assert b"".join(said for said, _, _ in found) == b"abcabcd"


def test_a_timestamp_that_never_changes_fills_no_memory() -> None:
    joining, most = Joining(), 0
    for _ in range(4 * MOST):
        for one in joining.whole(packet(b"x", 7)):
            most = max(most, one.size)
    assert most == MOST


def test_large_pieces_that_say_one_timestamp_fill_no_memory() -> None:
    """As long as libavformat lets a packet be, they would be gigabytes before they are MOST."""
    joining, most = Joining(), 0
    piece = bytes(2**20)
    for _ in range(64):
        for one in joining.whole(packet(piece, 7)):
            most = max(most, one.size)
        assert sum(one.size for one in joining._held) <= MOST_BYTES
    assert most == MOST_BYTES


def test_what_was_held_can_be_forgotten() -> None:
    joining = Joining()
    for letter in (b"a", b"b", b"c"):
        joining.whole(packet(letter, 0, True))
    joining.forget()
    assert joining.whole(packet(b"d", 6000)) == []
    assert [bytes(one) for one in joining.whole(packet(b"e", 12_000))] == [b"d"]
