"""What is proved of dealt rescales and truncated masks holds of every right one, and of none with anything changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from snni.multiparty.keys import DealerKeys
from snni.multiparty.prove.keeping import KeepingDealer
from snni.multiparty.prove.rescale import RescalePart, TruncatedPart, relate_rescale, relate_truncated
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import EVALUATORS
from snni.ring.arithmetic import reduce
from snni.ring.truncation import truncate_mask
from tests.snni.multiparty.prove.relations import holds

RNG = np.random.default_rng(7)
N, SHIFT, WINDOW, OUT = 600, 3, 9, 13
OPERATION = RescaleOperation((N,), 14, SHIFT, WINDOW, OUT)


def halves(bits):
    return [RNG.integers(0, 1 << bits, N).astype(np.uint32) for _ in range(2)]


def rescaled():
    """Both evaluators' parts of one dealing."""
    dealer, cs, masks = KeepingDealer(DealerKeys.fresh(), 0), halves(14), halves(OUT)
    c = reduce(cs[0] + cs[1], 14)
    OPERATION.deal(dealer, c, masks[0] + masks[1])
    dealer.boolean(reduce(c, SHIFT + WINDOW), SHIFT + WINDOW)
    return {
        role: RescalePart(half, mask, *OPERATION.take(taken), taken.boolean(N, SHIFT + WINDOW))
        for (role, taken), half, mask in zip(dealer.taken().items(), cs, masks, strict=True)
    }


def truncated():
    dealer, cs = KeepingDealer(DealerKeys.fresh(), 0), halves(14)
    c = reduce(cs[0] + cs[1], 14)
    dealer.additive(truncate_mask(c, SHIFT, WINDOW), WINDOW)
    dealer.boolean(reduce(c, SHIFT + WINDOW), SHIFT + WINDOW)
    return {
        role: TruncatedPart(half, taken.additive(N, WINDOW), taken.boolean(N, SHIFT + WINDOW))
        for (role, taken), half in zip(dealer.taken().items(), cs, strict=True)
    }


KINDS = {
    "rescale": (
        rescaled,
        lambda known: relate_rescale(OPERATION, known),
        {"c": SHIFT + WINDOW, "mask": OUT, "constant": OUT, "wrap": OUT - WINDOW, "bits": SHIFT + WINDOW},
    ),
    "truncation": (
        truncated,
        lambda known: relate_truncated(SHIFT, WINDOW, known),
        {"c": SHIFT + WINDOW, "kept": WINDOW, "bits": SHIFT + WINDOW},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_relations_hold_of_what_is_dealt(kind):
    made, relate, _ = KINDS[kind]
    assert holds(relate(made())).all()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_dealt_can_be_changed_alone(kind):
    """Every bit of every share, one at a time, each in values of its own."""
    made, relate, widths = KINDS[kind]
    known = made()
    assert {one.name for one in dataclasses.fields(known[EVALUATORS[0]])} == set(widths)
    for role in EVALUATORS:
        for name, bits in widths.items():
            flips = np.uint32(1) << (np.arange(N) % bits).astype(np.uint32)
            part = dataclasses.replace(known[role], **{name: getattr(known[role], name) ^ flips})
            assert not holds(relate(known | {role: part})).any(), name
