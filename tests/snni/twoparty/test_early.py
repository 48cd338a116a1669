"""Shares of what stands before convolutions: each value once, however often it is read, and a bounded number."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import BundleError, ParameterError
from snni.model.plan import MAX_DEPTH, Plan
from snni.model.steps import Add, Argmax, Conv, Relu, SumPool
from snni.model.values import ValueSpec
from snni.twoparty import early
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.suite import TWO_PARTY

SIDE, BITS = 4, 16


def chain(doublings: int, convs: int = 1) -> Plan:
    """conv, ReLU, then a value added to itself so many times over, then convolutions that read the last."""
    shape = (2, SIDE, SIDE)
    square = {"kernel": (1, 1), "stride": (1, 1), "padding": (0, 0), "out_channels": 2, "groups": 1, "ring_bits": BITS}
    steps: list = [
        Conv(name="conv", x="x", y="acc", **square),
        Relu(name="relu", x="acc", y="v0", shift=3, window=10, out_bits=BITS),
    ]
    steps += [
        Add(name=f"add{i}", xs=(f"v{i}", f"v{i}"), y=f"v{i + 1}", out_bits=BITS, left_shifts=(0, 0))
        for i in range(doublings)
    ]
    steps += [Conv(name=f"conv{i}", x=f"v{doublings}", y=f"w{i}", **square) for i in range(convs)]
    last = "w0"
    for i in range(1, convs):
        steps.append(Add(name=f"join{i}", xs=(last, f"w{i}"), y=f"j{i}", out_bits=BITS, left_shifts=(0, 0)))
        last = f"j{i}"
    steps += [
        SumPool(name="mean", x=last, y="scores", kernel=(SIDE, SIDE), stride=(1, 1), padding=(0, 0)),
        Argmax(name="level", x="scores", y="level", window=BITS),
    ]
    values = {step.y: ValueSpec(shape=shape, ring_bits=BITS) for step in steps[:-2]} | {
        "x": ValueSpec(shape=shape, ring_bits=BITS),
        "scores": ValueSpec(shape=(2, 1, 1), ring_bits=BITS),
        "level": ValueSpec(shape=(1, 1, 1), ring_bits=2),
    }
    return Plan(
        **{"name": "chain", "input": "x", "output": "level", "input_shape": shape, "input_bits": BITS},
        **{"values": values, "steps": tuple(steps), "levels": 2},
    )


def test_a_value_read_twice_by_each_of_many_steps_is_made_once() -> None:
    """Each for itself it would be 2^900 of them."""
    plan = chain(900)
    frame = ClientInference(plan, scores=False)
    first = frame._drawn("v0").astype(object)
    (conv,) = [step for step in plan.steps if step.name == "conv0"]
    assert np.array_equal(frame.conv_mask(conv), (first * 2**900) % (1 << BITS))
    frame = ClientInference(chain(7), scores=False)
    conv = next(step for step in chain(7).steps if step.name == "conv0")
    assert np.array_equal(frame.conv_mask(conv), (frame._drawn("v0").astype(np.int64) << 7) % (1 << BITS))


def test_steps_come_in_order_and_once() -> None:
    plan = chain(5)
    steps = early.early_steps({step.y: step for step in plan.steps}, {"x", "v0"}, "v5")
    assert [step.name for step in steps] == [f"add{i}" for i in range(5)]
    assert early.early_steps({}, {"x"}, "x") == []


def test_a_plan_is_no_deeper_than_a_party_follows() -> None:
    with pytest.raises((BundleError, ValueError), match="one after the other"):
        chain(MAX_DEPTH)


def test_what_convolutions_make_anew_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, elements = chain(10, convs=3), 3 * 10 * 2 * SIDE * SIDE
    monkeypatch.setattr(early, "MAX_EARLY_ELEMENTS", elements)
    TWO_PARTY.check(plan)
    monkeypatch.setattr(early, "MAX_EARLY_ELEMENTS", elements - 1)
    with pytest.raises(ParameterError, match="before convolutions"):
        TWO_PARTY.check(plan)


def test_a_convolution_that_reads_a_convolution_is_refused() -> None:
    plan = chain(1)
    with pytest.raises(ParameterError, match="must come from"):
        early.early_steps({step.y: step for step in plan.steps}, {"x", "v0"}, "w0")
