"""Two real parties of one direction, each on its own thread over an in-process stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from snni.twoparty.ot import Direction, OtParams, OtReceiver, OtSender
from snni.wire.memory_channel import MemoryChannel, channel_pair
from tests.support.waiting import PATIENCE_S


@dataclass
class Pair:
    """A direction's two ends and their channels."""

    params: OtParams
    direction: Direction = Direction.S_SENDS
    channels: tuple[MemoryChannel, MemoryChannel] = field(default_factory=lambda: channel_pair(PATIENCE_S))
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))

    def __post_init__(self) -> None:
        self.sender = OtSender(self.channels[0], self.direction, self.params)
        self.receiver = OtReceiver(self.channels[1], self.direction, self.params)

    def both(self, send: Callable[[], Any], receive: Callable[[], Any]) -> tuple[Any, Any]:
        """Runs both and returns both results; the first error is raised after both have ended."""
        sent, received = self.threads.submit(send), self.threads.submit(receive)
        sent.exception(), received.exception()
        return sent.result(), received.result()

    def setup(self) -> Pair:
        self.both(self.sender.setup, self.receiver.setup)
        return self

    def ask(self, kind: str, *arguments: int) -> tuple[Any, Any]:
        """The same request at both ends: (the sender's result, the receiver's)."""
        return self.both(
            lambda: getattr(self.sender, kind)(*arguments), lambda: getattr(self.receiver, kind)(*arguments)
        )


@pytest.fixture
def make_pair() -> Iterator[Callable[..., Pair]]:
    """make_pair(k=4, chunk=..., extension=..., lpn=...) -> Pair, set up."""
    made: list[Pair] = []

    def make(
        k: int = 4,
        chunk: int = 1 << 16,
        direction: Direction = Direction.S_SENDS,
        setup: bool = True,
        extension: Literal["softspoken", "ferret"] = "softspoken",
        lpn: int = 16,
    ) -> Pair:
        made.append(Pair(OtParams(k, chunk, extension, lpn), direction))
        return made[-1].setup() if setup else made[-1]

    yield make
    for pair in made:
        pair.threads.shutdown()


@pytest.fixture(scope="session", params=["softspoken", "ferret"])
def shared_pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """One direction of either extension that many tests ask, one after the other."""
    pair = Pair(OtParams(4, 1 << 14, request.param, 16)).setup()
    yield pair
    pair.threads.shutdown()
