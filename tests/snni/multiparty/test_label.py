"""A video's label among three servers: the law's, within what truncations by chance allow; costs as declared."""

from __future__ import annotations

import numpy as np
import pytest

from snni.model.video_label import LabelLaw, probabilities
from snni.multiparty.label import LabelOperation
from snni.multiparty.lookup import LookupShape, deal_lookup, evaluate_lookup, take_lookup
from snni.multiparty.multiply import ProductShape, deal_product, evaluate_product, take_product
from snni.multiparty.normalise import NormaliseShape, deal_normalise, evaluate_normalise, take_normalise
from snni.wire.framing import HEADER
from tests.snni.multiparty.evaluators import run


def masked(x, bits, rng):
    c = rng.integers(0, 1 << bits, np.shape(x), dtype=np.int64)
    return c.astype(np.uint32), ((np.asarray(x) - c) % (1 << bits)).astype(np.uint32)


def test_a_table_gives_the_function():
    rng = np.random.default_rng(0)
    function = rng.integers(0, 1 << 20, 1 << 6).astype(np.uint32)
    x = np.arange(1 << 6)
    shape = LookupShape(x.size, 6, 20)
    c, s = masked(x, 6, rng)
    mask = rng.integers(0, 1 << 20, x.size).astype(np.uint32)
    got, seen, dealt = run(
        lambda dealer: deal_lookup(shape, dealer, function, c, mask),
        lambda role, taken, opening: evaluate_lookup(shape, take_lookup(shape, taken), s, opening),
    )
    assert np.array_equal((got + mask) % (1 << 20), function)
    assert dealt == shape.dealt_bytes and seen[0].sent == sum(HEADER.size + size for size in shape.opened_bytes)


def test_products_are_exact_mod_the_ring():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 1 << 32, (2, 100))
    (c_x, s_x), (c_y, s_y) = masked(x, 32, rng), masked(y, 32, rng)
    shape, mask = ProductShape(100, 32), rng.integers(0, 1 << 32, 100).astype(np.uint32)
    got, _, dealt = run(
        lambda dealer: deal_product(shape, dealer, c_x, c_y, mask),
        lambda role, taken, opening: evaluate_product(shape, role, take_product(shape, taken), s_x, s_y, opening),
    )
    assert np.array_equal(got + mask, x.astype(np.uint32) * y.astype(np.uint32)) and dealt == shape.dealt_bytes


def test_sums_are_brought_to_a_common_power_of_two():
    rng = np.random.default_rng(2)
    bits = 18
    total = np.concatenate([[0, 1, 2, 3, (1 << bits) - 1], rng.integers(0, 1 << rng.integers(1, bits + 1, 30))])
    other = rng.integers(0, np.maximum(total, 1))
    shape = NormaliseShape(total.size, bits, 2)
    c, s = masked(np.stack([total, other]), 32, rng)
    masks = []
    results = []

    def evaluate(role, taken, opening):
        along, some = evaluate_normalise(shape, role, take_normalise(shape, taken), s, opening)
        results.append((along, some))
        return along

    run(lambda dealer: masks.append(deal_normalise(shape, dealer, c)), evaluate)
    along, some = (results[0][0] + masks[0][0], results[0][1] + masks[0][1])
    factor = [1 << (bits - int(value).bit_length()) if value else 0 for value in total]
    assert np.array_equal(along, np.stack([total, other]) * factor)
    assert np.array_equal(some, total > 0)


@pytest.mark.parametrize(("bits", "classes", "frames"), [(20, 8, 10), (16, 4, 1), (24, 7, 5)])
def test_labels_are_the_laws(bits, classes, frames):
    rng = np.random.default_rng(bits)
    law = LabelLaw(bits, classes, frames)
    operation = LabelOperation(law)
    sure = 0
    masks: list = []
    for _ in range(12):
        scores = rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), (frames, classes)) >> rng.integers(0, bits - 2)
        c, s = masked(scores, bits, rng)
        got, seen, dealt = run(
            lambda dealer, c=c: masks.append(operation.deal(dealer, c)),
            lambda role, taken, opening, s=s: operation.evaluate(role, operation.take(taken), s, opening),
        )
        assert dealt == operation.dealt_bytes
        assert seen[0].sent == sum(HEADER.size + size for size in operation.opened_bytes)
        index = int((got + masks[-1])[0] % (1 << law.window))
        drawn = [probabilities(law, scores, np.random.default_rng(i)).sum(axis=0) for i in range(8)]
        labels = {int(np.argmax(total)) for total in drawn}
        # Each frame's probabilities move by less than 2^-7 of one in all whatever is drawn (test_video_label.py).
        least = np.sort(np.mean(drawn, axis=0))[-2:]
        if least[1] - least[0] > frames * 2.0**-6 * (1 << 22):
            assert {index} == labels
            sure += 1
        assert 0 <= index < classes
    assert sure
