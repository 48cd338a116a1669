"""The reference over whole networks: runs repeat, drawn ones by their seed; overflow counted, wrong input refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snni.errors import ParameterError
from snni.model.integers import Integers, centred, outside
from snni.model.plan import Plan
from snni.model.reference import Reference
from snni.model.steps import Argmax, Conv, Relu, SumPool
from snni.model.values import ValueSpec


@given(st.integers(-(1 << 40), 1 << 40), st.integers(2, 26))
def test_centred_is_the_representative_nearest_zero(x: int, bits: int) -> None:
    y = int(centred(np.array(x), bits))
    assert (y - x) % (1 << bits) == 0
    assert -(1 << (bits - 1)) <= y < 1 << (bits - 1)
    assert outside(np.array([x]), bits) == int(y != x)


def network() -> tuple[Plan, dict[str, Integers]]:
    conv = {"kernel": (3, 3), "stride": (1, 1), "padding": (1, 1), "groups": 1}
    head = {"kernel": (1, 1), "stride": (1, 1), "padding": (0, 0), "groups": 1}
    v = {"x": ((2, 6, 6), 20), "a": ((5, 6, 6), 20), "r": ((5, 6, 6), 22), "s": ((5, 1, 1), 22), "f": ((3, 1, 1), 22)}
    plan = Plan(
        **{"name": "n", "input": "x", "output": "l", "input_shape": (2, 6, 6), "input_bits": 20, "levels": 3},
        values={n: ValueSpec(shape=s, ring_bits=k) for n, (s, k) in (v | {"l": ((1, 1, 1), 2)}).items()},
        steps=(
            Conv(name="c", x="x", y="a", out_channels=5, ring_bits=20, **conv),
            Relu(name="relu", x="a", y="r", shift=6, window=14, out_bits=22),
            SumPool(name="p", x="r", y="s", kernel=(6, 6), stride=(1, 1), padding=(0, 0)),
            Conv(name="f", x="s", y="f", out_channels=3, ring_bits=22, **head),
            Argmax(name="l", x="f", y="l", window=22),
        ),
    )
    rng = np.random.default_rng(3)
    weights = {
        "c.weight": rng.integers(-100, 101, (5, 2, 3, 3)).astype(np.int8),
        "c.bias": rng.integers(0, 1 << 10, 5),
        "f.weight": rng.integers(-20, 21, (3, 5, 1, 1)).astype(np.int8),
        "f.bias": rng.integers(0, 1 << 10, 3),
    }
    return plan, weights


def test_drawn_runs_repeat_by_their_seed_and_spread_around_the_rounded_one() -> None:
    """36 values, each off by a unit and a half at most, are summed: the rounded run is within what 200 runs spread."""
    plan, weights = network()
    reference = Reference(plan, weights)
    x = np.random.default_rng(0).integers(0, 256, (2, 6, 6)).astype(np.uint8)
    still = reference.run(x)
    assert still.overflows == dict.fromkeys(["c", "relu", "p", "f", "l"], 0)
    drawn = reference.draws(x, 200, seed=3)
    assert np.array_equal(drawn[:5], reference.draws(x, 5, seed=3))
    assert not np.array_equal(drawn[:5], reference.draws(x, 5, seed=4))
    assert np.array_equal(drawn[7], reference.run(x, np.random.default_rng([3, 7])).scores)
    errors = drawn - still.scores
    assert errors.std(axis=0).min() > 0
    assert (np.abs(errors.mean(axis=0)) <= 6 * errors.std(axis=0)).all()
    worst = (0.5 + 1) * np.abs(weights["f.weight"]).sum(axis=(1, 2, 3)).max() * 36
    assert np.abs(errors).max() <= worst
    assert still.level == int(np.argmax(still.scores))


def test_each_step_of_a_drawn_run_is_within_its_units_of_the_ideal() -> None:
    """Given the drawn input of a step, the ideal output is at most ``error_units`` away: truncations alone differ."""
    plan, weights = network()
    reference = Reference(plan, weights)
    trace = reference.run(np.full((2, 6, 6), 77, np.uint8), np.random.default_rng(9))
    for step in plan.steps:
        ideal = reference.step(step, [trace.values[step.x]])  # type: ignore[union-attr]
        difference = np.abs(trace.values[step.y] - ideal.y).max()
        assert difference <= (ideal.error_units if step.op == "relu" else 0)


def test_runs_without_a_generator_repeat_and_accumulator_overflow_is_counted() -> None:
    plan, weights = network()
    big = weights | {"c.bias": np.full(5, (1 << 19) - 1)}
    x = np.full((2, 6, 6), 255, np.uint8)
    first, second = Reference(plan, big).run(x), Reference(plan, big).run(x)
    assert all(np.array_equal(first.values[n], second.values[n]) for n in first.values)
    assert first.overflows["c"] > 0


@pytest.mark.parametrize(
    "x,message",
    [
        (np.zeros((2, 6, 5), np.uint8), "not integers"),
        (np.zeros((2, 6, 6), np.float32), "float32"),
        (np.full((2, 6, 6), 1 << 19), "do not fit"),
    ],
)
def test_wrong_images_are_refused(x: np.ndarray, message: str) -> None:
    plan, weights = network()
    with pytest.raises(ParameterError, match=message):
        Reference(plan, weights).run(x)


@pytest.mark.parametrize("name", ["c.weight", "f.bias"])
def test_missing_or_mistyped_tensors_are_named(name: str) -> None:
    plan, weights = network()
    with pytest.raises(ParameterError, match=f"{name} is missing"):
        Reference(plan, {k: v for k, v in weights.items() if k != name})
    with pytest.raises(ParameterError, match=f"{name} is float64"):
        Reference(plan, weights | {name: weights[name].astype(float)})
