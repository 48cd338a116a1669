"""What is proved of a dealt lookup, and of a dealt product, holds of every right one, and of none with anything
changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from snni.errors import DeviationError
from snni.multiparty.keys import DealerKeys
from snni.multiparty.lookup import Entries, LookupShape, deal_lookup
from snni.multiparty.multiply import ProductShape
from snni.multiparty.prove.keeping import KeepingDealer
from snni.multiparty.prove.lookup import RowsPart, deal_lookup_hints, relate_lookup, take_lookup_part
from snni.multiparty.prove.multiply import ProductPart, ProductStatement, product_quotients
from snni.multiparty.prove.sums import prove_sums
from snni.multiparty.roles import EVALUATORS, Role
from snni.ring.arithmetic import reduce
from tests.snni.multiparty.prove.relations import holds
from tests.snni.multiparty.prove.three import proved

SHAPE = LookupShape(40, 5, 9)
FUNCTION = np.random.default_rng(0).integers(0, 1 << 8, 32, np.uint32)


def dealt(c=None):
    rng = np.random.default_rng(1)
    halves = rng.integers(0, 32, (2, SHAPE.n), np.uint32)
    if c is not None:
        halves[1] = reduce(c - halves[0], SHAPE.window)
    masks = rng.integers(0, 1 << 9, (2, SHAPE.n), np.uint32)
    dealer = KeepingDealer(DealerKeys.fresh(), 0)
    whole = reduce(halves[0] + halves[1], SHAPE.window)
    deal_lookup(SHAPE, dealer, FUNCTION, whole, masks[0] + masks[1])
    deal_lookup_hints(SHAPE, dealer, whole)
    taken = dealer.taken()
    return {
        role: take_lookup_part(SHAPE, taken[role], half, mask)
        for role, half, mask in zip(EVALUATORS, halves, masks, strict=True)
    }


def all_hold(known):
    return all(holds(made).all() for made in relate_lookup(SHAPE, FUNCTION, known))


def test_all_relations_hold_of_what_is_dealt_for_every_c():
    assert all_hold(dealt()) and all_hold(dealt(np.arange(SHAPE.n, dtype=np.uint32) % 32))


@pytest.mark.parametrize(("name", "bits"), [("tables", 9), ("c", 5), ("mask", 9), ("bits", 5), ("row", 1)])
@pytest.mark.parametrize("role", EVALUATORS)
def test_nothing_dealt_can_be_changed_alone(role, name, bits):
    known = dealt()
    for bit in range(bits):
        for at in (0, 17, -1):
            changed = getattr(known[role], name).copy()
            changed.reshape(-1)[at] ^= np.uint32(1 << bit)
            assert not all_hold(known | {role: dataclasses.replace(known[role], **{name: changed})}), (bit, at)


def test_no_row_makes_tables_of_another_c_right():
    """Dealt for another c than the evaluators' halves: with every bit and row that fits these, the tables do not."""
    known = dealt()
    part = known[Role.FIRST]
    other = dataclasses.replace(part, c=reduce(part.c + np.uint32(1), SHAPE.window))
    assert not all_hold(known | {Role.FIRST: other})
    whole = reduce(other.c + known[Role.SECOND].c, SHAPE.window)
    row = (whole[:, None] == np.arange(32)).astype(np.uint32) ^ known[Role.SECOND].row
    fits = dataclasses.replace(other, bits=whole ^ known[Role.SECOND].bits, row=row)
    relations = relate_lookup(SHAPE, FUNCTION, known | {Role.FIRST: fits})
    assert all(holds(made).all() for made in relations[:-1]) and not holds(relations[-1]).all()


def test_a_row_of_two_ones_or_three_or_none_is_no_row():
    known = dealt()
    part = known[Role.SECOND]
    for places in ([3, 4], [0], [31]):
        row = part.row.copy()
        row[0, places] ^= np.uint32(1)
        assert not all_hold(known | {Role.SECOND: dataclasses.replace(part, row=row)})


def test_parts_of_corrections_sum_to_the_forms():
    known, rng = dealt(), np.random.default_rng(2)
    u = [rng.integers(0, 1 << 9, SHAPE.n << 5, np.uint32)]
    psi = rng.integers(0, 1 << 64, (2, SHAPE.n), np.uint64)
    both = [RowsPart(SHAPE, known[role].tables).told(u, one) for role, one in zip(EVALUATORS, psi, strict=True)]
    tables = reduce(known[Role.FIRST].tables + known[Role.SECOND].tables, 9)
    chi = reduce((both[0] + both[1] - psi[0] - psi[1]).astype(np.uint32), 9)
    assert np.array_equal(reduce(chi + Entries(SHAPE, tables).of(u), 9), np.zeros(SHAPE.n, np.uint32))


@pytest.mark.parametrize("bits", [8, 20, 32])
def test_a_product_is_proved_and_a_wrong_one_found(bits):
    shape, rng = ProductShape(30, bits), np.random.default_rng(bits)
    x, y, mask, first = (rng.integers(0, 1 << bits, (2, shape.n), np.uint64) for _ in range(4))
    ring = np.uint64((1 << bits) - 1)
    rest = np.stack([first[0], (x.sum(axis=0) * y.sum(axis=0) - mask.sum(axis=0) - first[0]) & ring])
    quotient = product_quotients(shape, *(one.sum(axis=0) for one in (x, y, rest, mask)))
    drawn = rng.integers(0, 1 << 64, shape.n, np.uint64)
    shares = [drawn, quotient - drawn]
    for off in (0, 1, 1 << (bits - 1)):
        told = rest.copy()
        told[1, 7] ^= np.uint64(off)
        parts = [ProductPart(x[i], y[i], mask[i], told[i], shares[i]) for i in range(2)]
        known = {
            "prover": dict(zip(EVALUATORS, parts, strict=True)),
            "drawing": {Role.FIRST: parts[0]},
            "told": {Role.SECOND: parts[1]},
        }
        made = {
            party: lambda side, one=one: prove_sums(side, [ProductStatement(shape, one)])
            for party, one in known.items()
        }
        errors = proved(made).errors
        assert bool(errors) == bool(off) and (not off or isinstance(errors["drawing"], DeviationError))
