"""A step of the non-linear phase, listened to: one secret in many places, and what both parties then hold and send."""

from __future__ import annotations

from typing import Any

import numpy as np

from snni.twoparty.nonlinear.tags import Tag
from snni.wire.packing import Reader
from snni.wire.turns import alone
from tests.support.ideal_ots import IdealReceiver, IdealSender, both
from tests.support.kernel_calls import KernelCalls

SIDE = 48
PLACES = SIDE * SIDE
RING, WINDOW, OUT = 18, 10, 16


def shared(x: int, shape: tuple[int, ...], bits: int = RING) -> tuple[np.ndarray, np.ndarray]:
    """One secret in every place, freshly shared."""
    c = np.random.default_rng().integers(0, 1 << bits, shape, np.uint32)
    return c, (np.uint32(x) - c) & np.uint32((1 << bits) - 1)


class Observed:
    """One step's run: kernels by party, the client's messages by tag, both parties' shares of the result."""

    def __init__(self, parts: tuple[Any, Any], x: tuple[np.ndarray, np.ndarray], seed: int = 1) -> None:
        self.kernels, self.sent = KernelCalls(), {"client": [], "server": []}
        mine, theirs = parts

        def noted(party: str, channel: Any) -> None:
            self.kernels.belong_to(party)
            send = channel.send
            channel.send = lambda tag, body: (self.sent[party].append((int(tag), bytes(body))), send(tag, body))[1]

        def client(channel: Any) -> None:
            noted("client", channel)
            self.y_c = mine.prepare_receive(IdealReceiver(seed), x[0], None)
            mine.prepare_send(IdealSender(seed + 1))
            mine.send_prepared(channel)
            alone(channel, mine.turns())

        def server(channel: Any) -> None:
            noted("server", channel)
            theirs.prepare_send(IdealSender(seed))
            theirs.prepare_receive(IdealReceiver(seed + 1))
            theirs.receive_prepared(channel)
            self.y_s = alone(channel, theirs.turns(x[1]))

        with self.kernels.listening():
            both(client, server)

    @property
    def in_two_flights(self) -> bool:
        """Its gates (two_flights.py)."""
        return bool(self.kernels.of("server", "share_of"))

    def results(self) -> list[tuple[np.ndarray, int]]:
        """The server's share of every gate's result, and its ring's bits: its own part and the word it was sent."""
        parts = self.kernels.of("server", "server_part")
        if self.in_two_flights:
            return [(one["y"], one.arguments["bits"]) for one in self.kernels.of("server", "share_of")]
        words = [body for tag, body in self.sent["client"] if tag == Tag.STEER]
        assert len(words) == len(parts) > 0
        shares = []
        for part, body in zip(parts, words, strict=True):
            reader, n, bits = Reader(memoryview(body)), part["y"].size, part.arguments["bits"]
            reader.bytes(n, 1)
            shares.append(((part["y"] + reader.words(n, bits)) & np.uint32((1 << bits) - 1), bits))
        return shares

    def lookups(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Both parties' shares of every carry, in order."""
        opened = self.kernels.of("client", "leaf_open", "wide_open", "table_look")
        given = self.kernels.of("server", "leaf_words", "wide_words", "table_look")
        if not self.in_two_flights:
            assert len(opened) == len(given) > 0
            return [(one["share"], two["share"]) for one, two in zip(opened, given, strict=True)]
        shares = [call["share"] for call in given]  # of each gate the lower's, and the higher's for either opening
        theirs = []
        for number, opening in enumerate(self.openings()):
            low, zero, one = shares[3 * number : 3 * number + 3]
            theirs += [low, np.where(opening, one, zero)]
        return [(call["share"], share) for call, share in zip(opened, theirs, strict=True)]

    def openings(self) -> list[np.ndarray]:
        """What the client opens of carries, gate by gate of two digits."""
        lower = self.kernels.of("client", "leaf_open", "wide_open", "table_look")[0::2]
        tag = Tag.STEER if self.in_two_flights else Tag.CARRY
        bodies = [body for sent, body in self.sent["client"] if sent == tag]
        return [Reader(memoryview(body)).bytes(call["share"].size, 1) for call, body in zip(lower, bodies, strict=True)]
