"""Everything that is drawn from the system's randomness, by where; and every draw changes what its party sends.

Two runs differ in one draw of one party. A draw that changes nothing masks nothing; one that is missing from the list
has been replaced by something that is no die.
"""

from __future__ import annotations

from collections import Counter

import pytest

from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.suite import TRANSFERS, TwoPartySuite
from tests.snni.secrecy.plane import grey, plane
from tests.support.draws import Draw, Draws
from tests.support.parties import Run, run_parties

SIDE = 4
SUITES = {
    f"{comparison}, {transfers}": TwoPartySuite(COMPARISONS[comparison], TRANSFERS[transfers])
    for comparison, transfers in (("leaf", "ferret"), ("tables", "softspoken"))
}
suites = pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))

SIXTEEN = {
    "client": {
        "twoparty.linear.client.ClientKeys.generate": 6,  # two parameter sets: public seed, secret, noise
        "twoparty.linear.client.ClientLinear.encrypt": 2 * 4,  # a convolution: public seed, noise
        "twoparty.inference.client.ClientInference.__init__": 1,
        "twoparty.ot.extension.fresh_seed": 2,  # a direction each
    },
    "server": {
        "twoparty.offline.offline_server": 4,  # a convolution: H2A masks and zeros
        "twoparty.ot.extension.fresh_seed": 2,
    },
}
"""Seeds of sixteen bytes, whatever the comparison."""
WORDS = {
    "twoparty.nonlinear.maxpool.MaxPoolClient.prepare_receive": 2,  # a round
    "twoparty.nonlinear.clip.ClipClient.prepare_receive": 1,  # the upper half's mask
}
TWO_FLIGHTS = {"twoparty.nonlinear.two_flights.TwoFlightClient.prepare_send": 3}  # masks of wraps: a gate that extends
BITS = {
    "leaf": ("server", "twoparty.nonlinear.leaf.LeafServer.turns"),  # its share of every lookup's carry
    "tables": ("client", "twoparty.nonlinear.tables.TablesClient.prepare_send"),  # the mask of every table's carry in
}


def run(suite: TwoPartySuite, changed: tuple[str, int] | None = None) -> tuple[Run, dict[str, list[Draw]]]:
    draws, bundle = Draws("an inference, {party}", changed), plane(SIDE)
    with draws.instead_of_the_systems():
        done = run_parties(bundle, [grey(150, SIDE)], suite, draws.belong_to)
    return done, draws.made


@pytest.fixture(scope="module", params=SUITES.values(), ids=list(SUITES))
def undisturbed(request: pytest.FixtureRequest) -> tuple[TwoPartySuite, Run, dict[str, list[Draw]]]:
    return request.param, *run(request.param)


def test_a_run_is_its_draws(undisturbed) -> None:
    """The same draws, the same bytes: nothing else is random."""
    suite, done, made = undisturbed
    again, same = run(suite)
    assert again.sent == done.sent and same == made


def test_what_is_drawn_where(undisturbed) -> None:
    suite, _, made = undisturbed
    for party, expected in SIXTEEN.items():
        seeds = Counter(draw.where for draw in made[party] if draw.where in expected)
        assert seeds == expected, party
        assert all(draw.count == 16 for draw in made[party] if draw.where in expected)
    party, where = BITS[suite.comparison.name]
    others = {one: [draw for draw in draws if draw.where not in SIXTEEN[one]] for one, draws in made.items()}
    words = Counter(draw.where for draw in others["client"] if draw.where != where)
    assert words == WORDS | (TWO_FLIGHTS if suite.comparison.name == "tables" else {})
    bits = [draw for draw in others[party] if draw.where == where]
    assert {draw.where for draw in others["server"]} <= {where}
    assert len(bits) == lookups(suite)


def lookups(suite: TwoPartySuite) -> int:
    """Of the run, one draw each: the leaf's server draws for every lookup, the tables' client above the lowest."""
    compared = []
    for step in plane(SIDE).plan.steps:
        shape = suite.shape(plane(SIDE).plan, step)
        if hasattr(shape, "rounds"):
            compared += [shape.gate(turn).compare for turn in shape.rounds]
        elif hasattr(shape, "gate"):
            compared.append(shape.gate.compare)
        elif hasattr(shape, "compare"):
            compared.append(shape.compare)
    digits = [len(one.digits) for one in compared]
    return sum(digits) if suite.comparison.name == "leaf" else sum(count - 1 for count in digits)


def test_every_draw_changes_what_its_party_sends(undisturbed) -> None:
    suite, done, made = undisturbed
    for party, draws in made.items():
        for number, draw in enumerate(draws):
            other, _ = run(suite, (party, number))
            assert other.sent[party] != done.sent[party], (party, number, draw)


def test_the_measure_sees_a_draw_that_nobody_uses() -> None:
    draws, changed = Draws("nobody, {party}"), Draws("nobody, {party}", ("client", 0))
    taken = []
    for one in (draws, changed):
        one.belong_to("client")
        taken.append((one(16), one(16)))
    assert taken[0][0] != taken[1][0] and taken[0][1] == taken[1][1]
    assert [draw.count for draw in draws.made["client"]] == [16, 16]
