"""Protocols as turns: generators that say what they send and what they wait for, so that several share their flights.

A protocol yields `Send` and `Receive`; a `Receive` gives it the payload. Whoever runs one alone or many together moves
the messages. Many together: of every turn all are received, in the order of the lanes, before any of their answers is
sent, in the same order; so both parties agree on the order from the lanes alone, and none sends while the other does.
A lane that begins when others have ended comes after those that are under way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from snni.wire.channel import Channel
from snni.wire.profile import Profile

T = TypeVar("T")


@dataclass(frozen=True)
class Send:
    """A message to the peer."""

    tag: int
    payload: bytes


@dataclass(frozen=True)
class Receive:
    """The peer's next message: its tag and the most bytes that it may have."""

    tag: int
    limit: int


Turns = Generator[Send | Receive, memoryview, T]
"""A protocol whose result is a T."""


def alone(channel: Channel, turns: Turns[T]) -> T:
    """Run one. Raises what it raises, WireError, PeerError."""
    try:
        asked = next(turns)
        while True:
            if isinstance(asked, Send):
                channel.send(asked.tag, asked.payload)
                asked = next(turns)
            else:
                asked = turns.send(channel.recv(asked.tag, asked.limit))
    except StopIteration as end:
        result: T = end.value
        return result


Begin = Callable[[Mapping[str, Any]], Mapping[str, Turns[Any]]]
"""Given the results of lanes that have ended in a turn, those that begin with the next."""


def together(
    channel: Channel, lanes: Mapping[str, Turns[Any]], profile: Profile, begin: Begin | None = None
) -> dict[str, Any]:
    """Run many in the same flights; their results by name. profile: each lane's seconds and bytes go under its name.

    Each lane begins at the same party, and ends with the other's message. begin: called after each turn in which lanes
    have ended, at both parties alike. Raises as ``alone``.
    """
    under_way = dict(lanes)
    results: dict[str, Any] = {}
    waiting: dict[str, Receive] = {}
    answers: list[tuple[str, Send]] = []

    def advance(name: str, received: memoryview | None) -> None:
        """Up to its next wait, or its end."""
        turns = under_way[name]
        try:
            asked = next(turns) if received is None else turns.send(received)
            while isinstance(asked, Send):
                answers.append((name, asked))
                asked = next(turns)
            waiting[name] = asked
        except StopIteration as end:
            results[name] = end.value

    def start(names: Mapping[str, Turns[Any]]) -> None:
        for name in names:
            with profile.step(name, channel):
                advance(name, None)

    def answer() -> None:
        for name, message in answers:
            with profile.step(name, channel):
                channel.send(message.tag, message.payload)
        answers.clear()

    start(lanes)
    while True:
        answer()
        if not waiting:
            return results
        due, waiting = waiting, {}
        received: dict[str, memoryview] = {}
        for name, asked in due.items():
            with profile.step(name, channel):
                received[name] = channel.recv(asked.tag, asked.limit)
        for name, payload in received.items():
            with profile.step(name, channel):
                advance(name, payload)
        ended = {name: results[name] for name in due if name in results}
        if begin is not None and ended:
            answer()  # what others wait for goes before the work that new lanes begin with
            more = begin(ended)
            under_way |= more
            start(more)
