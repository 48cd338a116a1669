"""What each evaluator holds is uniform and independent of what is computed on; take a random value out, and this shows
it.

Each protocol runs on many copies of one value: everything that an evaluator holds but did not compute from the rest
(the masked input, its shares of what was dealt, every opening) must be uniform, and any two of them together. Then each
random value is taken out in turn, results staying right, and the same look must find it.
"""

from __future__ import annotations

import numpy as np
import pytest

from snni.model.video_label import LabelLaw
from snni.multiparty.argmax import ArgmaxOperation
from snni.multiparty.dealing import Dealer
from snni.multiparty.gate import GateShape
from snni.multiparty.keys import DealerKeys, DealtStream, Masks, OwnStream, PairKey
from snni.multiparty.label import LabelOperation
from snni.multiparty.maxpool import MaxPoolOperation
from snni.multiparty.rescale import RescaleOperation
from snni.ring.arithmetic import reduce
from snni.ring.pooling import PoolWalk
from tests.snni.multiparty.by_draws import share_by_draws
from tests.snni.multiparty.dealt_gate import gate
from tests.snni.multiparty.evaluators import run
from tests.support.uniform import unevenness

N = 1 << 15
WINDOW, BITS = 9, 14


def widths(shape: GateShape) -> list[int]:
    """Bits of each column that is dealt for a gate."""
    tables = [1 << index for index in shape.carry.indices]
    return [*tables, *[shape.bits] * 3, *([shape.bits - shape.window] * 2 if shape.extends else [])]


def gate_view(x: int, mask=None) -> list[str]:
    """What is not uniform in either evaluator's view of a gate on N copies of x."""
    rng = np.random.default_rng(abs(x))
    shape = GateShape(N, WINDOW, BITS, ignored=1)
    c = rng.integers(0, 1 << WINDOW, N).astype(np.uint32)
    s = ((x - c.astype(np.int64)) % (1 << WINDOW)).astype(np.uint32)
    drawn = rng.integers(0, 1 << BITS, N).astype(np.uint32) if mask is None else mask
    got, seen = gate(shape, c, s, drawn)
    assert np.array_equal(got, np.full(N, max(0, x)))
    found = []
    for view in seen:
        columns = [("s", s, WINDOW)]
        columns += [
            (f"dealt {i}", column, bits) for i, (column, bits) in enumerate(zip(view.dealt, widths(shape), strict=True))
        ]
        opened_bits = [1] * len(shape.carry.indices) + [BITS]
        columns += [
            (f"opened {i}", column, bits) for i, (column, bits) in enumerate(zip(view.opened, opened_bits, strict=True))
        ]
        found += unevenness(columns)
    return found


@pytest.mark.parametrize("x", [5, -7, 200, -200])
def test_a_gates_view_is_uniform_whatever_the_value(x):
    assert gate_view(x) == []


def zero_draw(monkeypatch, owner, method, number):
    """The draw of that number, counted from 0, gives zeros in place of random values, in every object of the class."""
    real, counts = getattr(owner, method), {}

    def draw(self, *arguments):
        drawn = real(self, *arguments)
        at = counts.get(id(self), 0)
        counts[id(self)] = at + 1
        return np.zeros_like(drawn) if number is None or at == number else drawn

    monkeypatch.setattr(owner, method, draw)


@pytest.mark.parametrize("number", [0, 1], ids=["the carry's flip", "the multiplexer's lambda"])
def test_a_gate_without_a_bit_of_the_dealers_is_seen(monkeypatch, number):
    zero_draw(monkeypatch, OwnStream, "bits", number)
    assert gate_view(-7) + gate_view(5)


@pytest.mark.parametrize("number", range(7))
def test_a_gate_with_a_part_dealt_in_the_clear_is_seen(monkeypatch, number):
    """The second evaluator would get the dealer's value itself: of a table, of lambda, of a product, of a wrap."""
    share_by_draws(monkeypatch)
    assert gate_view(5) == []
    zero_draw(monkeypatch, DealtStream, "draw", number)
    assert gate_view(5)


def test_a_gate_whose_output_is_not_masked_is_seen():
    assert gate_view(5, mask=np.zeros(N, np.uint32))


def operation_view(operation, x, bits, masked_by_caller=None) -> list[str]:
    """What is not uniform among the masked input and the openings of an operation on copies of one input."""
    rng = np.random.default_rng(1)
    c = rng.integers(0, 1 << bits, x.shape).astype(np.uint32)
    s = ((x - c.astype(np.int64)) % (1 << bits)).astype(np.uint32)

    def deal(dealer: Dealer) -> None:
        operation.deal(dealer, c, masked_by_caller)

    _, seen, _ = run(deal, lambda role, dealt, opening: operation.evaluate(role, operation.take(dealt), s, opening))
    found = []
    for view in seen:
        for index, opened in enumerate(view.opened):
            wide = bits if opened.max() > 1 else 1
            found += unevenness([(f"opened {index}", opened, wide)])
    return found


POOL = MaxPoolOperation(1, PoolWalk((1, 256, 256), (1, 128, 128), (2, 2), (2, 2), (0, 0)), 8, 0, 8)


def test_a_max_pools_maxima_are_masked_afresh(monkeypatch):
    x = np.full((1, 1, 256, 256), 17)
    assert operation_view(POOL, x, 8) == []
    zero_draw(monkeypatch, OwnStream, "ring", None)
    assert operation_view(POOL, x, 8)


def test_an_argmaxs_rounds_are_masked_afresh(monkeypatch):
    operation = ArgmaxOperation(1, 1 << 14, 16)
    x = np.full((1, 1 << 14), 3)
    assert operation_view_wide(operation, x) == []
    zero_draw(monkeypatch, OwnStream, "ring", None)
    assert operation_view_wide(operation, x)


def first_round(operation, x) -> list[np.ndarray]:
    """What either evaluator opened last in an argmax's first round, uint32 [2, pairs]."""
    seen, rounds = argmax_seen(operation, x)
    return [view.opened[rounds - 1].reshape(2, -1) for view in seen]


def operation_view_wide(operation, x) -> list[str]:
    """The first round's openings: those of later ones are few."""
    seen, rounds = argmax_seen(operation, x)
    found = []
    for view in seen:
        for index, opened in enumerate(view.opened[:rounds]):
            found += unevenness([(f"opened {index}", opened, 16 if index == rounds - 1 else 1)])
    return found


def argmax_seen(operation, x):
    """(what both evaluators held, openings of a round)."""
    rng = np.random.default_rng(2)
    c = rng.integers(0, 1 << 16, x.shape).astype(np.uint32)
    s = ((x - c.astype(np.int64)) % (1 << 16)).astype(np.uint32)
    _, seen, _ = run(
        lambda dealer: operation.deal(dealer, c, None),
        lambda role, dealt, opening: operation.evaluate(role, operation.take(dealt), s, opening),
    )
    return seen, len(operation.gates[0].opened_bytes)


def test_an_argmax_masks_values_and_indices_apart():
    """The last opening of the first round, cut into its two lanes."""
    operation = ArgmaxOperation(1, 1 << 15, 16)
    x = np.full((1, 1 << 15), 3)
    for lanes in first_round(operation, x):
        assert unevenness([(f"lane {at}", lane, 16) for at, lane in enumerate(lanes)]) == []


def test_a_rescales_output_is_masked():
    operation = RescaleOperation((N, 1, 1), 12, 2, 9, 12)
    rng = np.random.default_rng(3)
    mask = rng.integers(0, 1 << 12, (N, 1, 1)).astype(np.uint32)
    x = np.full((N, 1, 1), 40)
    assert operation_view(operation, x, 12, mask) == []
    assert operation_view(operation, x, 12, np.zeros_like(mask))


LABELLED = LabelLaw(20, 4, 64)


def test_what_is_opened_of_a_label_is_uniform():
    """Openings of a video's label whose frames are all alike. Those of its argmax, which are few, are looked at above.

    A few hundred values of 32 bits: the look is at their lowest eight, which tell a constant from a mask.
    """
    operation = LabelOperation(LABELLED)
    rng = np.random.default_rng(4)
    c = rng.integers(0, 1 << 20, (LABELLED.frames, LABELLED.classes)).astype(np.uint32)
    s = reduce(np.uint32(900) - c, 20)
    _, seen, _ = run(
        lambda dealer: operation.deal(dealer, c) and None,
        lambda role, dealt, opening: operation.evaluate(role, operation.take(dealt), s, opening),
    )
    for view in seen:
        columns = [(f"opened {at}", column) for at, column in enumerate(view.opened) if column.size >= LABELLED.frames]
        assert len(columns) >= 8
        found = []
        for name, column in columns:
            found += unevenness([(name, column & np.uint32(0xFF), 8 if column.max() > 1 else 1)])
        assert found == []


def test_a_dealers_keys_are_three_and_fresh():
    def drawn(keys: DealerKeys) -> list[bytes]:
        return [key.dealt(0).draw(4, 32).tobytes() for key in (keys.first, keys.second, keys.own)]

    assert len({*drawn(DealerKeys.fresh()), *drawn(DealerKeys.fresh())}) == 6


def test_streams_of_frames_purposes_and_keys_are_apart():
    keys = [PairKey.fresh() for _ in range(2)]
    drawn = [key.masks(number).draw(value, (N,), 16) for key in keys for number in range(2) for value in range(2)]
    for key in keys:
        for number in range(2):
            streams = key.dealt(number), key.hiding(number)
            drawn += [stream.draw(N, 16) for stream in streams for _ in range(2)]
            drawn.append(key.own(number).ring((N,), 16))
    assert unevenness([(str(index), column, 16) for index, column in enumerate(drawn)]) == []
    assert Masks(b"0" * 16).draw(0, (4,), 16).shape == (4,)
