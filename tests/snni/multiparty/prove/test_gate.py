"""What is proved of a dealt gate holds of every right one, and of none with anything changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from snni.multiparty.dealing import Dealer
from snni.multiparty.gate import GateShape, deal_gate, take_gate
from snni.multiparty.keys import DealerKeys, OwnStream
from snni.multiparty.prove.gate import GatePart, deal_hints, relate_gate, take_hints
from snni.multiparty.prove.keeping import KeepingDealer
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from tests.snni.multiparty.prove.relations import holds


def dealt(shape, shift, rng, halves=None, masks=None):
    """Both evaluators' parts of one dealing."""
    whole = shift + shape.window
    halves = halves or [rng.integers(0, 1 << whole, shape.payload).astype(np.uint32) for _ in range(2)]
    masks = masks or [rng.integers(0, 1 << shape.bits, shape.payload).astype(np.uint32) for _ in range(2)]
    dealer = KeepingDealer(DealerKeys.fresh(), 0)
    drawn = []
    real = dealer.own.bits
    dealer.own.bits = lambda count: drawn.append(real(count)) or drawn[-1]
    c = reduce(halves[0] + halves[1], whole)
    deal_gate(shape, dealer, reduce(c >> np.uint32(shift), shape.window), masks[0] + masks[1])
    *sigmas, lam = drawn
    deal_hints(shape, shift, dealer, c, lam, sigmas)
    return {
        role: GatePart(half, mask, take_gate(shape, taken), take_hints(shape, shift, taken))
        for (role, taken), half, mask in zip(dealer.taken().items(), halves, masks, strict=True)
    }


SHAPES = [
    (3, 3, 0, 0),
    (5, 5, 0, 2),
    (6, 9, 1, 0),
    (8, 8, 2, 3),
    (11, 19, 3, 8),
    (15, 15, 0, 0),
    (20, 20, 0, 0),
    (5, 6, 0, 1),
]


@pytest.mark.parametrize(("window", "bits", "ignored", "shift"), SHAPES)
def test_all_relations_hold_of_what_is_dealt(window, bits, ignored, shift):
    rng = np.random.default_rng(window)
    shape = GateShape(1003, window, bits, ignored=ignored)
    for made in relate_gate(shape, shift, dealt(shape, shift, rng)):
        assert holds(made).all()


def test_lanes_each_have_their_relations():
    shape = GateShape(300, 9, 9, lanes=3)
    made = relate_gate(shape, 0, dealt(shape, 0, np.random.default_rng(0)))
    assert len(made) == 3 and all(holds(one).all() for one in made)


@pytest.mark.parametrize("window", [3, 4, 5])
def test_every_mask_of_a_small_window(window):
    """Every pair of halves, with truncation: no relation that only some masks fulfil."""
    shift = 1
    whole = 1 << (window + shift)
    halves = [grid.reshape(-1).astype(np.uint32) for grid in np.meshgrid(np.arange(whole), np.arange(whole))]
    shape = GateShape(halves[0].size, window, window + 2)
    (made,) = relate_gate(shape, shift, dealt(shape, shift, np.random.default_rng(0), halves))
    assert holds(made).all()


def parts_of(part):
    """Every array of an evaluator's part with how to put another in its place, and how many bits of it matter."""
    shares, hints = part.shares, part.hints

    def in_shares(**changed):
        return dataclasses.replace(part, shares=dataclasses.replace(shares, **changed))

    def in_hints(**changed):
        return dataclasses.replace(part, hints=dataclasses.replace(hints, **changed))

    def at(values, index, value):
        return type(values)([*values[:index], value, *values[index + 1 :]])

    yield "lam", shares.lam, lambda value: in_shares(lam=value)
    for index in range(2):
        yield (
            f"product {index}",
            shares.products[index],
            lambda v, i=index: in_shares(products=at(shares.products, i, v)),
        )
        yield f"wrap {index}", shares.wraps[index], lambda v, i=index: in_shares(wraps=at(shares.wraps, i, v))
    for index, table in enumerate(shares.tables):
        yield f"table {index}", table, lambda v, i=index: in_shares(tables=at(shares.tables, i, v))
    yield "c", part.c, lambda value: dataclasses.replace(part, c=value)
    yield "mask", part.mask, lambda value: dataclasses.replace(part, mask=value)


def test_nothing_dealt_can_be_changed_alone():
    """Every bit of every share, one at a time, each in values of its own: every one of these breaks a relation."""
    shape, shift = GateShape(400, 9, 13, ignored=1), 2
    known = dealt(shape, shift, np.random.default_rng(3))
    widths = {"lam": 13, "product 0": 13, "product 1": 13, "wrap 0": 4, "wrap 1": 4, "table 0": 16, "table 1": 16}
    widths |= {"c": 11, "mask": 13}
    assert [1 << index for index in shape.carry.indices] == [16, 16]
    for role in EVALUATORS:
        for name, values, put in parts_of(known[role]):
            flips = np.uint32(1) << (np.arange(shape.n) % widths[name]).astype(np.uint32)
            (made,) = relate_gate(shape, shift, known | {role: put(values ^ flips)})
            assert not holds(made).any(), name


def test_no_other_hints_make_a_wrong_gate_right():
    """A small gate dealt for another c than the evaluators' halves: of all hints that could be dealt, none passes."""
    shape = GateShape(1, 3, 3)
    rng = np.random.default_rng(4)
    known = dealt(shape, 0, rng)
    wrong = known | {Role.FIRST: dataclasses.replace(known[Role.FIRST], c=known[Role.FIRST].c ^ np.uint32(2))}
    hints = known[Role.FIRST].hints
    passed = 0
    for c in range(8):
        for kept in range(8):
            tried = dataclasses.replace(hints, c=np.array([c], np.uint32), kept=np.array([kept], np.uint32))
            part = dataclasses.replace(wrong[Role.FIRST], hints=tried)
            (made,) = relate_gate(shape, 0, wrong | {Role.FIRST: part})
            passed += bool(holds(made).all())
    assert passed == 0


def test_a_middle_tables_flip_is_a_hint():
    shape = GateShape(500, 16, 16)
    assert len(shape.carry.indices) > 2
    known = dealt(shape, 0, np.random.default_rng(5))
    part = known[Role.SECOND]
    flips = [part.hints.flips[0] ^ np.uint32(1), *part.hints.flips[1:]]
    changed = dataclasses.replace(part, hints=dataclasses.replace(part.hints, flips=flips))
    (made,) = relate_gate(shape, 0, known | {Role.SECOND: changed})
    assert not holds(made).any()


def test_shares_of_relations_sum_to_the_dealers():
    """What evaluators write down by themselves is a sharing of what the dealer does."""
    shape, shift = GateShape(77, 6, 8), 1
    known = dealt(shape, shift, np.random.default_rng(6))
    (whole,) = relate_gate(shape, shift, known)
    (first,), (second,) = (relate_gate(shape, shift, {role: known[role]}) for role in EVALUATORS)
    for all_of, one, other in zip(whole.groups, first.groups, second.groups, strict=True):
        assert np.array_equal(all_of.z, one.z ^ other.z)
        for (a, b), (a1, b1), (a2, b2) in zip(all_of.pairs, one.pairs, other.pairs, strict=True):
            assert np.array_equal(a, a1 ^ a2) and np.array_equal(b, b1 ^ b2)


def test_a_dealer_keeps_what_it_deals():
    dealer, plain = (kind(keys, 0) for keys in [DealerKeys.fresh()] for kind in (KeepingDealer, Dealer))
    values = np.arange(100, dtype=np.uint32)
    for one in (dealer, plain):
        one.additive(values, 9)
        one.boolean(values, 7)
    assert dealer.message() == plain.message()
    taken = dealer.taken()
    first, second = (taken[role].additive(100, 9) for role in EVALUATORS)
    assert np.array_equal(reduce(first + second, 9), values)
    first, second = (taken[role].boolean(100, 7) for role in EVALUATORS)
    assert np.array_equal(first ^ second, values)
    assert isinstance(dealer.own, OwnStream)
