"""Protocols as turns: generators that say what they send and what they wait for, so that several share their flights.

A protocol yields `Send` and `Receive`; a `Receive` gives it the payload. Whoever runs one alone or many together moves
the messages. Many together: of every turn a party receives one message of each lane, in the order of the lanes, and
answers each before it waits for the next, so that it works for one lane while its peer works for another. A lane that
has ended is followed by those that begin with it, in its place. So both parties agree on every message's place from the
lanes alone. They may send at once; no flight is lost or won by it: what is sent in a turn waits for what was sent in
the one before and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
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


Begin = Callable[[str, Any], Iterable[tuple[str, Turns[Any]]]]
"""Given the name of a lane that has ended and its result, those that begin with it. Each is asked for when the one
before it has sent what it begins with: what is worked out for one keeps none before it waiting."""


def together(
    channel: Channel, lanes: Iterable[tuple[str, Turns[Any]]], profile: Profile, begin: Begin | None = None
) -> dict[str, Any]:
    """Run many in the same flights; their results by name. profile: each lane's seconds and bytes go under its name.

    Each lane begins at the same party, and ends with the other's message. begin: called whenever a lane has ended, at
    both parties in the same order. Raises as ``alone``.
    """
    results: dict[str, Any] = {}
    waiting: list[tuple[str, Turns[Any], Receive]] = []
    fresh = True  # whether this party has sent nothing in this turn

    def advance(name: str, turns: Turns[Any], received: memoryview | None) -> None:
        """Up to its next wait, or through its end."""
        nonlocal fresh
        try:
            with profile.step(name, channel, 0):
                asked = next(turns) if received is None else turns.send(received)
            while isinstance(asked, Send):
                with profile.step(name, channel, int(fresh)):
                    channel.send(asked.tag, asked.payload)
                fresh = False
                with profile.step(name, channel, 0):
                    asked = next(turns)
        except StopIteration as end:
            results[name] = end.value
            if begin is not None:
                start(begin(name, end.value))
        else:
            waiting.append((name, turns, asked))

    def start(lanes: Iterable[tuple[str, Turns[Any]]]) -> None:
        for name, turns in lanes:
            advance(name, turns, None)

    start(lanes)
    while waiting:
        due, waiting, fresh = waiting, [], True
        for place, (name, turns, asked) in enumerate(due):
            with profile.step(name, channel, int(place == 0)):
                received = channel.recv(asked.tag, asked.limit)
            advance(name, turns, received)
    return results
