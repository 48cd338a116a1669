"""What is sent to label a video: tables, factors and products of one secret in many places are fair dice.

A secret that showed would be the same everywhere.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from snni.model.video_label import LabelLaw
from snni.twoparty.nonlinear.label import LabelClient, LabelServer, LabelShape
from snni.twoparty.nonlinear.lookup import LookupClient, LookupServer, LookupShape
from snni.twoparty.nonlinear.multiply import ProductClient, ProductServer, ProductShape
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.packing import Reader
from snni.wire.turns import alone
from tests.support.chance import assert_fair, assert_uniform
from tests.support.ideal_ots import IdealReceiver, IdealSender, both

N, BITS = 1 << 12, 3
FIXED = np.full(N, 5, np.uint32)


def observed(mine: Any, theirs: Any, c: tuple[Any, ...], s: tuple[Any, ...]) -> tuple[dict[int, list[bytes]], Any]:
    """(messages by tag, the server's shares of the result)."""
    sent: dict[int, list[bytes]] = {}

    def noted(channel: Any) -> None:
        send = channel.send
        channel.send = lambda tag, body: (sent.setdefault(int(tag), []).append(bytes(body)), send(tag, body))[1]

    def client(channel: Any) -> None:
        noted(channel)
        mine.prepare_receive(IdealReceiver(1), *c)
        mine.prepare_send(IdealSender(2))
        mine.send_prepared(channel)
        alone(channel, mine.turns())

    def server(channel: Any) -> Any:
        noted(channel)
        theirs.prepare_send(IdealSender(1))
        theirs.prepare_receive(IdealReceiver(2))
        theirs.receive_prepared(channel)
        return alone(channel, theirs.turns(*s))

    _, got, _ = both(client, server)
    return sent, got


def assert_words_are_dice(words: np.ndarray, what: str) -> None:
    for bit in range(32):
        assert_fair(words >> np.uint32(bit) & 1, (what, bit))
    assert_uniform(words >> np.uint32(28), 16, what)


def a_lookup() -> tuple[dict[int, list[bytes]], Any]:
    """Of a function that is 0 everywhere: under a mask alone all of a table's entries would be one."""
    shape = LookupShape(N, BITS, 32)
    function = np.zeros(1 << BITS, np.uint32)
    return observed(LookupClient(shape, function), LookupServer(shape), (FIXED, None), (FIXED,))


def test_what_is_looked_up_is_asked_for_under_choices() -> None:
    sent, _ = a_lookup()
    asked = Reader(memoryview(sent[Tag.INDEX][0])).bytes(N * BITS * 4, 1).reshape(N, BITS, 4)
    for bit in range(BITS):
        for piece in range(4):
            assert_fair(asked[:, bit, piece], (bit, piece))


def test_a_tables_entries_tell_nothing_of_each_other() -> None:
    sent, _ = a_lookup()
    table = Reader(memoryview(sent[Tag.FUNCTION][0])).words(N << BITS, 32).reshape(N, -1)
    for entry in range(1 << BITS):
        assert_words_are_dice(table[:, entry], f"entry {entry}")
    for one, two in combinations(range(1 << BITS), 2):
        assert_words_are_dice(table[:, one] ^ table[:, two], f"entries {one} and {two}")
        for third in range(two + 1, 1 << BITS):
            fourth = one ^ two ^ third  # of a plane: each key's choices cancel
            if fourth > third:
                plane = np.bitwise_xor.reduce(table[:, [one, two, third, fourth]], axis=1)
                assert_words_are_dice(plane, f"entries {one}, {two}, {third} and {fourth}")


def test_the_servers_share_of_a_value_of_the_function_is_uniform() -> None:
    _, got = a_lookup()
    assert_words_are_dice(got, "share")


def test_factors_and_products_are_sent_under_masks() -> None:
    shape = ProductShape(N)
    sent, got = observed(ProductClient(shape), ProductServer(shape), (FIXED, FIXED, None), (FIXED, FIXED))
    for row, factor in enumerate(Reader(memoryview(sent[Tag.FACTORS][0])).words(2 * N, 32).reshape(2, N)):
        assert_words_are_dice(factor, f"factor {row}")
    corrections = Reader(memoryview(sent[Tag.PRODUCTS][0])).words(shape.transfers, 32).reshape(2, N, 32)
    for row in range(2):
        for place in (0, 31):
            assert_words_are_dice(corrections[row, :, place], f"corrections of bit {place} of factor {row}")
    assert_words_are_dice(Reader(memoryview(sent[Tag.STEER][0])).words(N, 32), "steered word")
    assert_words_are_dice(got, "share")


def test_the_servers_shares_of_what_is_brought_along_are_uniform() -> None:
    """All frames have the same scores, so every comparison with a power of two has one result."""
    law = LabelLaw(16, 8, 64)
    shape = LabelShape(law)
    rng = np.random.default_rng()
    gates = []
    server = LabelServer(shape)
    turns = server._gate.turns

    def kept(operands: Any) -> Any:
        gates.append((yield from turns(operands)))
        return gates[-1]

    server._gate.turns = kept  # type: ignore[method-assign]
    c = rng.integers(0, 1 << 16, (64, 8)).astype(np.uint32)
    s = (np.uint32(700) - c) & np.uint32(0xFFFF)
    observed(LabelClient(shape), server, (c,), (s,))
    assert gates[0].size == shape.gate.payload
    assert_words_are_dice(gates[0], "gates")
