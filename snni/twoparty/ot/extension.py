"""What an extension of oblivious transfer is: two ends of native state, their consistency check, and message sizes.

Both extensions set up alike (offer, reply, trees) and give the same correlations (leaf, wide, bits2, pads, crossed,
cot). They differ in who writes the messages of requests, and in what a check exchanges.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from snni.ring.random import drawn
from snni.twoparty.ot.params import ExtensionName, OtParams
from snni.twoparty.ot.wire import U8, Direction, Tag

CHECK_TRANSFERS = 128
"""Transfers that every check uses up."""


class CheckStream(Protocol):
    """The direction's channel, as a check sees it."""

    @property
    def claimed(self) -> int:
        """Transfers taken from the direction so far."""
        ...

    def send(self, tag: Tag, message: U8) -> None: ...

    def receive(self, tag: Tag, size: int) -> U8:
        """A message of at most ``size`` bytes. Raises WireError, PeerError."""
        ...


class ExtensionEnd(Protocol):
    """One end's state. The check has three steps, each at most one message."""

    native: Any
    """Has next, leaf, wide, bits2, pads, crossed, cot; a sender reply and accept_trees, a receiver offer and trees."""

    def begin_check(self, stream: CheckStream) -> None:
        """Uses CHECK_TRANSFERS up and closes what the check covers; flows as requests do."""
        ...

    def exchange_challenge(self, stream: CheckStream) -> None:
        """The receiver's challenge, where there is one."""
        ...

    def finish_check(self, stream: CheckStream) -> None:
        """The answer to it. Raises ConsistencyError at the end that was cheated."""
        ...


class OtExtension(Protocol):
    """An extension of base transfers into as many as are asked for."""

    name: ExtensionName
    sender_writes: bool
    """Whether the messages of requests go from the sender to the receiver."""

    def sender(self, params: OtParams, direction: Direction) -> ExtensionEnd: ...

    def receiver(self, params: OtParams, direction: Direction) -> ExtensionEnd: ...

    def setup_bytes(self, params: OtParams) -> tuple[int, int, int]:
        """Payload bytes of offer, reply and trees."""
        ...

    def message_bytes(self, params: OtParams, n: int, transfers: int, first: int) -> int:
        """Payload bytes of one message: n results of ``transfers`` each, after ``first`` claimed transfers."""
        ...

    def check_payloads(self, params: OtParams, first: int) -> tuple[int, ...]:
        """Payload bytes of a check's messages in order, after ``first`` claimed transfers: the first flows as requests
        do, the others in turn."""
        ...


def fresh_seed() -> U8:
    """Sixteen bytes."""
    return np.frombuffer(drawn(16), dtype=np.uint8)
