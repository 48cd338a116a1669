"""A video's label (label.py), made by a Maker: what ``LabelOperation.deal`` deals, of halves of masks, all proved."""

from __future__ import annotations

from typing import Any

import numpy as np

from snni.model.video_label import INDEX_BITS, RING_BITS, reciprocals
from snni.multiparty.label import LabelOperation
from snni.multiparty.prove.making import Maker
from snni.multiparty.prove.planes import Known
from snni.multiparty.prove.walk import made_argmax, made_relu
from snni.ring.softmax import with_sums
from snni.wire.packing import U32

LABEL = 1 << 48
"""Stream numbers of its masks: above those within any plan's steps."""


def made_label(operation: LabelOperation, maker: Maker, scores: Known[U32]) -> tuple[tuple[Any, ...], Known[U32]]:
    """scores: halves of their masks, uint32 [n, C]. Returns shares as ``LabelOperation.take``, and halves of the
    label's mask, uint32 [1]."""
    law = operation.law
    maker.begin()
    positive = maker.draw(LABEL, (law.frames, law.classes), RING_BITS)
    relu = made_relu(operation.relu, maker, scores, positive)
    shape = operation.normalise
    drawn = maker.draw(LABEL + 1, (shape.gate.payload,), RING_BITS)
    sums = {role: shape.operands(with_sums(half.T), public=False) for role, half in positive.items()}
    normalise = maker.gate(shape.gate, 0, sums, drawn)
    results = {role: shape.results(half) for role, half in drawn.items()}
    along = {role: brought for role, (brought, _) in results.items()}
    totals = {role: brought[0] for role, brought in along.items()}
    leading = maker.truncated(totals, law.sum_bits - INDEX_BITS, INDEX_BITS + 1)
    inverse = maker.draw(LABEL + 2, (law.frames,), RING_BITS)
    tables = maker.lookup(operation.lookup, reciprocals(), leading, inverse)
    numerators = maker.draw(LABEL + 3, (law.classes * law.frames,), RING_BITS)
    brought = {role: one[1:].reshape(-1) for role, one in along.items()}
    rescale = maker.rescale(operation.numerators, brought, numerators)
    products = maker.draw(LABEL + 4, (operation.product.n,), RING_BITS)
    each = {role: np.tile(half, law.classes) for role, half in inverse.items()}
    product = maker.product(operation.product, numerators, each, products)
    totalled = {
        role: operation.summed(half, results[role][1], public=False).reshape(1, -1) for role, half in products.items()
    }
    argmax, label = made_argmax(operation.argmax, maker, totalled, LABEL + 5)
    maker.end()
    return (relu, normalise, tables, rescale, product, argmax), {role: one.reshape(-1) for role, one in label.items()}
