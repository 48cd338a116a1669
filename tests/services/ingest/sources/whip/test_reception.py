"""When frames were received, and RTP timestamps on one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.whip.reception import MAX_WAITING, Reception
from tests.services.ingest.moments import ManualClock, at


def test_a_frame_began_to_come_when_the_one_before_was_whole() -> None:
    clock = ManualClock()
    reception = Reception(clock)
    mapped = []
    for number in range(3):
        clock.seconds = 10.0 + number
        mapped.append(reception.map(5000 + 6000 * number))
    clock.seconds = 20.0
    assert mapped == [0, 6000, 12000]
    assert [reception.of(one) for one in mapped] == [
        (at(10).mono, at(10).mono),
        (at(10).mono, at(11).mono),
        (at(11).mono, at(12).mono),
    ]
    assert reception.of(12000) == reception.of(None) == (at(20).mono, at(20).mono)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(-(2**31) + 1, 2**31 - 1), max_size=50))
def test_timestamps_follow_each_other_the_shorter_way_around(first: int, steps: list[int]) -> None:
    reception, timestamp, expected = Reception(ManualClock()), first, 0
    assert reception.map(first) == 0
    for step in steps:
        timestamp, expected = (timestamp + step) % 2**32, expected + step
        assert reception.map(timestamp) == expected


def test_what_is_never_decoded_is_forgotten() -> None:
    clock = ManualClock()
    reception = Reception(clock)
    for number in range(MAX_WAITING + 1):
        reception.map(number)
    clock.seconds = 1.0
    assert reception.of(0) == (at(1).mono, at(1).mono)
    assert reception.of(1) == (at(0).mono, at(0).mono)
