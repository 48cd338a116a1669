"""Protocols that run alone or share their flights: the same messages and results, in the turns of the longest."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from snni.errors import WireError
from snni.wire.framing import HEADER
from snni.wire.memory_channel import channel_pair
from snni.wire.profile import Profile
from snni.wire.turns import Receive, Send, Turns, alone, together
from tests.support.waiting import PATIENCE_S

FIRST = 0x70


def asks(name: str, turns: int, tag: int = FIRST) -> Turns[str]:
    """Sends and waits in turn; gives what it heard."""
    heard = ""
    for turn in range(turns):
        yield Send(tag, f"{name}{turn}".encode())
        heard += bytes((yield Receive(tag, 100))).decode()
    return heard


def answers(name: str, turns: int, tag: int = FIRST) -> Turns[str]:
    heard = ""
    for turn in range(turns):
        heard += bytes((yield Receive(tag, 100))).decode()
        yield Send(tag, f"{name}{turn}".encode())
    return heard


def both(one, other):
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.submit(one), threads.submit(other)
        return first.result(), second.result()


def test_one_alone() -> None:
    here, there = channel_pair(PATIENCE_S)
    assert both(lambda: alone(here, asks("a", 3)), lambda: alone(there, answers("b", 3))) == ("b0b1b2", "a0a1a2")
    assert here.flights == there.flights == 6


LENGTHS = {"x": 2, "y": 5, "z": 1}


def test_many_together_take_the_flights_of_the_longest_and_hear_what_each_would_alone() -> None:
    here, there = channel_pair(PATIENCE_S)
    profiles = Profile(), Profile()
    mine, theirs = both(
        lambda: together(here, [(name, asks(name, n)) for name, n in LENGTHS.items()], profiles[0]),
        lambda: together(there, [(name, answers(name.upper(), n)) for name, n in LENGTHS.items()], profiles[1]),
    )
    for name, turns in LENGTHS.items():
        assert mine[name] == "".join(f"{name.upper()}{turn}" for turn in range(turns))
        assert theirs[name] == "".join(f"{name}{turn}" for turn in range(turns))
        for profile in profiles:
            assert profile.steps[name].sent == profile.steps[name].received == turns * (HEADER.size + 2)
    assert profiles[0].flights == profiles[1].flights == 10
    assert profiles[0].total_bytes == here.bytes_sent + here.bytes_received


def test_each_lane_is_answered_before_the_next_is_waited_for() -> None:
    """So that both parties work at once: one for a lane, the other for another."""
    here, there = channel_pair(PATIENCE_S)
    seen: list[str] = []
    send, receive = there.send, there.recv
    there.send = lambda tag, payload: (seen.append("out"), send(tag, payload))[1]  # type: ignore[method-assign]
    there.recv = lambda tag, limit: (seen.append("in"), receive(tag, limit))[1]  # type: ignore[method-assign]
    both(
        lambda: together(here, [(name, asks(name, 2)) for name in "xyz"], Profile()),
        lambda: together(there, [(name, answers(name, 2)) for name in "xyz"], Profile()),
    )
    assert seen == 6 * ["in", "out"]


def test_what_is_worked_out_for_a_lane_that_begins_keeps_no_other_waiting() -> None:
    here, there = channel_pair(PATIENCE_S)
    sent_before: list[int] = []

    def worked_out() -> Iterator[tuple[str, Turns[str]]]:
        for name in "xyz":
            sent_before.append(here.bytes_sent)
            yield name, asks(name, 1)

    both(
        lambda: together(here, worked_out(), Profile()),
        lambda: together(there, [(name, answers(name, 1)) for name in "xyz"], Profile()),
    )
    assert sent_before == [0, HEADER.size + 2, 2 * (HEADER.size + 2)]


LATER = {"v": ("x", 3), "w": ("z", 1)}
"""Lanes that begin when another has ended, and their turns."""


def test_a_lane_begins_with_the_end_of_the_one_that_it_waits_for_and_takes_its_place() -> None:
    """z takes one turn and w follows in the second; x takes two, and v ends with the fifth, as y does."""
    here, there = channel_pair(PATIENCE_S)
    profile, heard, tags = Profile(), [], []
    send = here.send
    here.send = lambda tag, payload: (tags.append(bytes(payload).decode()), send(tag, payload))[1]  # type: ignore[method-assign]

    def following(party, upper):
        def begin(ended, result):
            heard.append((ended, result))
            for name, (first, turns) in LATER.items():
                if first == ended:
                    yield name, party(name.upper() if upper else name, turns)

        return begin

    mine, theirs = both(
        lambda: together(here, [(n, asks(n, turns)) for n, turns in LENGTHS.items()], profile, following(asks, False)),
        lambda: together(
            there, [(n, answers(n.upper(), turns)) for n, turns in LENGTHS.items()], Profile(), following(answers, True)
        ),
    )
    assert mine["v"] == "V0V1V2" and theirs["v"] == "v0v1v2" and mine["w"] == "W0" and theirs["w"] == "w0"
    assert set(mine) == set(theirs) == {*LENGTHS, *LATER}
    assert ("z", "Z0") in heard and ("x", "x0x1") in heard
    assert tags == ["x0", "y0", "z0", "x1", "y1", "w0", "v0", "y2", "v1", "y3", "v2", "y4"]
    assert profile.flights == 10


def test_none_together_is_nothing() -> None:
    here, _ = channel_pair(PATIENCE_S)
    assert together(here, [], Profile()) == {} and here.flights == 0


def test_a_lane_that_hears_another_tag_ends_all() -> None:
    here, there = channel_pair(PATIENCE_S)

    def swapped() -> None:
        with pytest.raises(WireError):
            together(there, [("x", answers("x", 1)), ("y", answers("y", 1, FIRST + 1))], Profile())
        there.close()

    def sends() -> None:
        here.send(FIRST + 1, b"y0")
        here.send(FIRST, b"x0")

    both(sends, swapped)
