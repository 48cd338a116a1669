"""What parties hold within a comparison, a maximum, a clip: each party's share is a fair die, whatever it shares.

The operands are one secret in many places, its digits zeros, so that a carry is nearly always the same: a share that is
the carry itself would show. The kernels are listened to, since none of these shares is a value of the plan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from snni.twoparty.nonlinear.all_pairs import AllPairsClient, AllPairsServer, AllPairsShape
from snni.twoparty.nonlinear.argmax import ArgmaxClient, ArgmaxServer, ArgmaxShape
from snni.twoparty.nonlinear.clip import ClipClient, ClipServer, ClipShape
from snni.twoparty.nonlinear.compare import ComparisonProtocol
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.maxpool import MaxPoolClient, MaxPoolServer, MaxPoolShape
from snni.twoparty.nonlinear.relu import ReluClient, ReluServer, ReluShape
from snni.twoparty.nonlinear.rescale import RescaleClient, RescaleServer, RescaleShape
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.packing import Reader
from tests.snni.secrecy.observed import OUT, PLACES, RING, SIDE, WINDOW, Observed, shared
from tests.support.chance import assert_fair, assert_uniform
from tests.support.kernel_calls import Call

comparisons = pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=list(COMPARISONS))


Build = Callable[[ComparisonProtocol], tuple[tuple[Any, Any], tuple[np.ndarray, np.ndarray]]]


def relu(comparison: ComparisonProtocol) -> Any:
    shape = ReluShape((1, SIDE, SIDE), RING, 2, WINDOW, OUT, comparison)
    return (ReluClient(shape), ReluServer(shape)), shared(0, (1, SIDE, SIDE))


def clip(comparison: ComparisonProtocol) -> Any:
    shape = ClipShape((1, SIDE, SIDE), RING, 2, WINDOW, OUT, comparison)
    limits = np.array([256], np.uint32)
    return (ClipClient(shape), ClipServer(shape, limits)), shared(512, (1, SIDE, SIDE))


def maxpool(comparison: ComparisonProtocol) -> Any:
    sides = (1, 2 * SIDE, 2 * SIDE), (1, SIDE, SIDE)
    shape = MaxPoolShape(*sides, (2, 2), (2, 2), (0, 0), RING, 2, WINDOW, comparison)
    return (MaxPoolClient(shape), MaxPoolServer(shape)), shared(64, sides[0])


STEPS: dict[str, Build] = {"relu": relu, "clip": clip, "maxpool": maxpool}
steps = pytest.mark.parametrize("build", STEPS.values(), ids=list(STEPS))


@steps
@comparisons
def test_the_servers_share_of_every_gate_is_uniform(build: Build, comparison: ComparisonProtocol) -> None:
    seen = Observed(*build(comparison))
    for number, (share, bits) in enumerate(seen.results()):
        assert share.size >= PLACES
        for half in np.split(share, 2) if build is clip else [share]:
            for bit in range(bits):
                assert_fair(half >> np.uint32(bit) & 1, (number, bit))
            assert_uniform(half >> np.uint32(bits - 4), 16, number)


@steps
@comparisons
def test_carries_are_shared_by_fair_bits(build: Build, comparison: ComparisonProtocol) -> None:
    """Each party's share is fair also where the carry is 1, and where it is 0: it is independent of the carry."""
    biased = False
    for number, (mine, theirs) in enumerate(Observed(*build(comparison)).lookups()):
        carry = mine ^ theirs
        biased |= not 0.3 < carry.mean() < 0.7
        for party, share in (("client", mine), ("server", theirs)):
            assert_fair(share, (number, party))
            for value in (0, 1):
                assert_fair(share[carry == value], (number, party, value))
    assert biased, "these operands would not show a carry that is not masked"


@steps
@comparisons
def test_what_is_opened_of_a_carry_tells_the_other_party_nothing(build: Build, comparison: ComparisonProtocol) -> None:
    """The client's opened bit, put together with the server's share of that carry, is fair; and the other way round
    where the server opens as well."""
    seen = Observed(*build(comparison))
    carries = seen.lookups()
    openings = seen.openings()
    assert len(openings) == len(seen.results())  # two digits: one opening a gate
    for number, opened in enumerate(openings):
        mine, theirs = carries[2 * number]
        assert_fair(opened, number)
        assert_fair(opened ^ theirs, (number, "with the server's share"))
        assert_fair(opened ^ mine ^ theirs, (number, "with the carry"))


@steps
def test_what_is_opened_of_a_bit_tells_the_other_party_nothing(build: Build) -> None:
    """Each party's opened half of the masked bit is fair, and still fair with all that the other one has of the bit and
    of its mask; and the mask is no party's alone. (In two flights: test_two_flights.py.)"""
    seen = Observed(*build(COMPARISONS["leaf"]))
    parts, theirs = seen.kernels.of("client", "client_part"), seen.kernels.of("server", "server_part")
    last, steer = Tag.LAST, Tag.STEER
    sent = [body for tag, body in seen.sent["client"] if tag == steer]
    opened = [body for tag, body in seen.sent["server"] if tag == last]
    assert len(sent) == len(opened) == len(parts)
    for number, (mine, other) in enumerate(zip(parts, theirs, strict=True)):
        n = mine["y"].size
        ours = Reader(memoryview(sent[number])).bytes(n, 1)
        of_server = ours ^ mine["delta"]
        d_c, d_s = ours ^ mine["lambda_c"], of_server ^ other["lambda_s"]
        assert_fair(ours, number)
        assert_fair(of_server, number)
        assert_fair(ours ^ d_c, (number, "with the client's share of the bit"))
        assert_fair(of_server ^ d_s, (number, "with the server's"))
        assert_fair(ours ^ d_s, (number, "with what the server adds"))
        assert_fair(mine["delta"], (number, "both halves"))


@pytest.mark.parametrize("party", ["gate", "rescale"])
def test_the_servers_msb_is_opened_under_a_mask(party: str) -> None:
    """It is fair where the server's share is one and the same in every place."""
    sizes, fixed = ((1, SIDE, SIDE), RING, 2, WINDOW, OUT), np.full((1, SIDE, SIDE), (1 << RING) - 4, np.uint32)
    if party == "gate":
        gate = ReluShape(*sizes, COMPARISONS["leaf"])
        seen = Observed((ReluClient(gate), ReluServer(gate)), (fixed, fixed))
        (part,) = seen.kernels.of("client", "client_part")
    else:
        rescale = RescaleShape(*sizes)
        seen = Observed((RescaleClient(rescale), RescaleServer(rescale)), (fixed, fixed))
        (part,) = seen.kernels.of("client", "client_extended")
    assert part["eps"].size == PLACES
    assert_fair(part["eps"], party)


@steps
def test_corrections_of_products_are_uniform(build: Build) -> None:
    """For one secret share in every place: what the client sends ahead is a fair die, bit by bit."""
    parts, x = build(COMPARISONS["leaf"])
    same = np.full_like(x[0], 5)
    seen = Observed(parts, (same, x[1]))
    corrections = [body for tag, body in seen.sent["client"] if tag == Tag.PRODUCTS]
    assert corrections
    for number, body in enumerate(corrections):
        for bit in range(8):
            assert_fair(np.frombuffer(body, np.uint8) >> bit & 1, (number, bit))


LEVELS, ARGMAX_WINDOW, TURNS = (5, 900, 17, 3), 12, 300


@pytest.fixture(scope="module", params=COMPARISONS.values(), ids=list(COMPARISONS))
def tournaments(request: pytest.FixtureRequest) -> list[np.ndarray]:
    """Of each round of many tournaments of the same four values: the server's shares, uint32 [turns, 2, pairs], of the
    winners' values and of their indices."""
    shape, results = ArgmaxShape(len(LEVELS), ARGMAX_WINDOW, request.param), []
    for turn in range(TURNS):
        c, s = shared(0, (len(LEVELS),), ARGMAX_WINDOW)
        s = (s + np.array(LEVELS, np.uint32)) & np.uint32((1 << ARGMAX_WINDOW) - 1)
        seen = Observed((ArgmaxClient(shape), ArgmaxServer(shape)), (c, s), 2 * turn)
        results.append([share.reshape(2, -1) for share, _ in seen.results()])
    return [np.stack(turns) for turns in zip(*results, strict=True)]


def test_an_argmax_shows_the_server_nothing_of_its_rounds(tournaments: list[np.ndarray]) -> None:
    for number, won in enumerate(tournaments):
        for lane in range(2):
            for pair in range(won.shape[2]):
                for bit in range(ARGMAX_WINDOW):
                    assert_fair(won[:, lane, pair] >> np.uint32(bit) & 1, (number, lane, pair, bit))


def test_an_argmax_masks_values_and_indices_apart(tournaments: list[np.ndarray]) -> None:
    """The server's shares of a value and of its index, one less the other, are a fair die too."""
    for number, won in enumerate(tournaments):
        apart = won[:, 0] - won[:, 1]
        for bit in range(ARGMAX_WINDOW):
            assert_fair(apart >> np.uint32(bit) & 1, (number, bit))


@pytest.fixture(scope="module", params=COMPARISONS.values(), ids=list(COMPARISONS))
def openings(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    """Of many argmaxes of the same four values by all pairs: what the server reads, what the client receives, and its
    shares of the pairs' bits."""
    shape = AllPairsShape(len(LEVELS), ARGMAX_WINDOW, request.param)
    seen: dict[str, list] = {"choice": [], "table": [], "own": []}
    for turn in range(TURNS):
        c, s = shared(0, (len(LEVELS),), ARGMAX_WINDOW)
        s = (s + np.array(LEVELS, np.uint32)) & np.uint32((1 << ARGMAX_WINDOW) - 1)
        client = AllPairsClient(shape)
        parts = Observed((client, AllPairsServer(shape)), (c, s), 2 * turn)
        (choice,) = [body[0] for tag, body in parts.sent["client"] if tag == Tag.CHOICE]
        seen["choice"].append(choice)
        seen["table"].append(parts.y_s)
        own = parts.lookups()[-1][0] ^ client._msb
        seen["own"].append(int(np.packbits(own, bitorder="little")[0]))
    return {name: np.array(all_of) for name, all_of in seen.items()}


def test_all_pairs_show_the_server_nothing(openings: dict[str, np.ndarray]) -> None:
    """What it reads is fair; and also less the client's shares of the bits, so together with its own, which are these
    XOR the bits themselves."""
    for bit in range(6):
        assert_fair(openings["choice"] >> bit & 1, bit)
        assert_fair((openings["choice"] ^ openings["own"]) >> bit & 1, bit)


def test_the_table_of_all_pairs_is_uniform(openings: dict[str, np.ndarray]) -> None:
    """Every slot, also those that nobody has the pad of."""
    bits = np.unpackbits(openings["table"].view(np.uint8), axis=1)
    for slot in range(bits.shape[1]):
        assert_fair(bits[:, slot], slot)


def test_a_rescale_shows_the_server_nothing() -> None:
    shape = RescaleShape((1, SIDE, SIDE), RING, 2, WINDOW, OUT)
    seen = Observed((RescaleClient(shape), RescaleServer(shape)), shared(0, (1, SIDE, SIDE)))
    for bit in range(OUT):
        assert_fair(seen.y_s >> np.uint32(bit) & 1, bit)
        assert_fair(seen.y_c >> np.uint32(bit) & 1, bit)


def test_calls_are_heard_by_name() -> None:
    calls = Observed(*relu(COMPARISONS["leaf"])).kernels
    (product,) = calls.of("client", "client_part")
    assert isinstance(product, Call) and product["y"].size == PLACES
