"""What parties hold within a gate in two flights: whatever masks one of its bits or words is a fair die, and the other
party lacks it.

One secret in many places, as in test_gates.py, whose looks at carries and results hold here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from snni.twoparty import _nonlinear
from snni.twoparty.nonlinear.relu import ReluClient, ReluServer, ReluShape
from snni.twoparty.nonlinear.tables import TABLES
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.packing import U8, Reader
from tests.snni.secrecy.observed import OUT, PLACES, RING, SIDE, WINDOW, Observed, shared
from tests.support.chance import assert_fair, assert_uniform

SHAPE = ReluShape((1, SIDE, SIDE), RING, 2, WINDOW, OUT, TABLES)
GATE = SHAPE.gate
POSITIVE, NEGATIVE = 0, (1 << RING) - 256


@dataclass
class Gate:
    """One run: of every place what the parties hold of the bit and of its masks."""

    seen: Observed

    @cached_property
    def words(self):
        """The client's two, for either bit of the server."""
        made = self.seen.kernels.of("client", "word_of")
        assert len(made) == 2 and GATE.two_flights
        return made

    @cached_property
    def share(self):
        (made,) = self.seen.kernels.of("server", "share_of")
        return made

    @cached_property
    def masked(self):
        (made,) = self.seen.kernels.of("server", "masked_share")
        return made

    @property
    def lam(self) -> U8:
        return self.words[0]["lambda_c"]

    @property
    def d_c(self) -> U8:
        return self.words[0]["d"]

    @cached_property
    def answer(self):
        """(the carry's opening, the masked bit, both words) as the client sent them."""
        (body,) = [body for tag, body in self.seen.sent["client"] if tag == Tag.STEER]
        reader = Reader(memoryview(body))
        bits = reader.bytes(PLACES, 1), reader.bytes(PLACES, 1)
        return *bits, tuple(reader.words(PLACES, GATE.word_bits) for _ in range(2))

    @property
    def d_s(self) -> U8:
        return self.share["delta"] ^ self.answer[1]

    @cached_property
    def choices(self) -> tuple[U8, U8]:
        """The server's masked bit, for either opening of the client's."""
        (body,) = [body for tag, body in self.seen.sent["server"] if tag == Tag.SHIFTS]
        reader = Reader(memoryview(body))
        for width in (*GATE.compare.digits, 1):
            reader.bytes(PLACES, width)
        return reader.bytes(PLACES, 1), reader.bytes(PLACES, 1)

    @property
    def bits(self) -> tuple[U8, U8]:
        """The server's shares of the bit, for either opening."""
        _, zero, one = self.seen.kernels.of("server", "table_look")
        msb = (self.masked["v"] >> np.uint32(WINDOW - 1)).astype(np.uint8) ^ np.uint8(1)
        return zero["share"] ^ msb, one["share"] ^ msb


def run(secret: int, *, fixed: bool = False) -> Gate:
    """fixed: each party's share is one and the same in every place."""
    x = shared(secret, (1, SIDE, SIDE))
    if fixed:
        x = np.full_like(x[0], 5), np.full_like(x[1], (secret - 5) % (1 << RING))
    return Gate(Observed((ReluClient(SHAPE), ReluServer(SHAPE)), x))


@pytest.fixture(scope="module", params=[POSITIVE, NEGATIVE], ids=["positive", "negative"])
def gate(request: pytest.FixtureRequest) -> Gate:
    return run(request.param)


def test_the_clients_bit_is_opened_under_a_mask(gate: Gate) -> None:
    opened = gate.answer[1]
    assert np.array_equal(opened, gate.d_c ^ gate.lam)
    assert_fair(opened)
    assert_fair(opened ^ gate.d_c, "with its share of the bit")
    assert_fair(opened ^ gate.d_s, "with the server's")
    assert_fair(gate.share["delta"], "what the server makes of it")


def test_the_servers_bit_is_chosen_by_under_a_mask_for_either_opening(gate: Gate) -> None:
    """Also the choice that is not used, and both together: their difference would tell whether digits are equal."""
    bits, choices = gate.bits, gate.choices
    used = np.where(gate.answer[0], bits[1], bits[0])
    assert np.array_equal(used, gate.d_s)
    for number, (bit, choice) in enumerate(zip(bits, choices, strict=True)):
        assert_fair(choice, number)
        assert_fair(choice ^ bit, (number, "with the bit"))
    assert_fair(choices[0] ^ choices[1], "both")
    assert_fair(choices[0] ^ choices[1] ^ bits[0] ^ bits[1], "both, with the bits")


def test_what_wraps_is_opened_under_masks(gate: Gate) -> None:
    """Of the mask's wrap and of its top bit: fair whatever they are."""
    for opened, hidden in (("phi", "theta"), ("eps", "top")):
        told, kept = gate.words[0][opened], gate.masked[hidden]
        assert_fair(told, opened)
        assert_fair(told ^ kept, (opened, hidden))


def test_the_servers_share_is_opened_under_a_mask() -> None:
    """Uniform where the share is one and the same in every place, also with the message that the client has."""
    gate = run(POSITIVE, fixed=True)
    sigma, p = gate.words[0]["sigma"], gate.words[0]["p"]
    for what, seen in (("alone", sigma), ("less the message", sigma - p), ("and the message", sigma + p)):
        for bit in range(WINDOW):
            assert_fair(seen >> np.uint32(bit) & 1, (what, bit))
        assert_uniform(seen >> np.uint32(WINDOW - 4) & 15, 16, what)


def test_the_wraps_bit_is_told_under_a_mask() -> None:
    """Of negative values it is 0 in every place."""
    assert_fair(run(NEGATIVE).share["word"] >> np.uint32(OUT) & 1)


def test_the_other_word_is_under_a_pad_that_the_server_lacks(gate: Gate) -> None:
    """With that too it would have d x less r for either bit, and their difference is x."""
    _, _, words = gate.answer
    pads = gate.share["word"] ^ np.where(gate.d_s, words[1], words[0])
    other, y = np.where(gate.d_s, words[0], words[1]) ^ pads, np.empty(PLACES, np.uint32)
    named = {name: gate.share[name] for name in ("p0", "p1", "theta", "top", "phi", "eps", "kappa", "mu")}
    _nonlinear.share_of(gate.share["delta"] ^ np.uint8(1), other, *named.values(), WINDOW, OUT, y)
    apart = y - gate.share["y"]
    for bit in range(OUT):
        assert_fair(apart >> np.uint32(bit) & 1, bit)


def test_corrections_of_products_of_bits_are_uniform() -> None:
    gate = run(POSITIVE, fixed=True)
    (body,) = [body for tag, body in gate.seen.sent["client"] if tag == Tag.PRODUCTS]
    for bit in range(8):
        assert_fair(np.frombuffer(body, np.uint8) >> bit & 1, bit)
