"""A reference errs as the law says that it is given: the two-party law unless another is passed in."""

from __future__ import annotations

import numpy as np
import pytest

from snni.model.error_law import TWO_SHARES, TwoShares
from snni.model.integers import Integers, centred
from snni.model.reference import Reference
from tests.support.networks import residual


class Exact(TwoShares):
    """A suite that rounds down without a draw, and compares exactly."""

    linear_units = 0

    def truncation_units(self, shift: int) -> int:
        return 0

    def comparison_units(self, ignored: int) -> int:
        return 0

    def truncated(
        self, x: Integers, shift: int, ring_bits: int, rng: np.random.Generator | None = None, *, paired: bool = False
    ) -> Integers:
        return centred(x >> shift, ring_bits - shift)

    def passes(self, x, ignored, rng=None, *, paired=False):  # type: ignore[no-untyped-def]
        return x >= 0


def picture() -> Integers:
    return np.random.default_rng(5).integers(0, 256, residual().plan.input_shape)


def test_a_law_without_draws_gives_the_same_whatever_the_generator() -> None:
    bundle = residual()
    reference = Reference(bundle.plan, bundle.weights, Exact())
    runs = [reference.run(picture(), np.random.default_rng(seed)).scores for seed in range(4)]
    assert all(np.array_equal(runs[0], run) for run in runs)
    drawn = Reference(bundle.plan, bundle.weights).draws(picture(), 4)
    assert len({run.tobytes() for run in drawn}) > 1


def test_the_units_of_every_step_are_the_laws() -> None:
    bundle = residual()
    exact, two = (Reference(bundle.plan, bundle.weights, law) for law in (Exact(), TWO_SHARES))
    values = two.run(picture()).values
    for step in bundle.plan.steps:
        xs = [values[x] for x in step.inputs]
        assert exact.step(step, xs).error_units == 0
        declared = two.step(step, xs).error_units
        if step.op == "conv":
            assert declared == TWO_SHARES.linear_units == 1
        elif step.op == "relu":
            assert declared == TWO_SHARES.truncation_units(step.shift) + TWO_SHARES.comparison_units(step.ignored)


@pytest.mark.parametrize("seed", range(3))
def test_the_default_is_the_two_party_law(seed: int) -> None:
    bundle = residual()
    one, other = (Reference(bundle.plan, bundle.weights, *law) for law in ((), (TWO_SHARES,)))
    x = picture()
    assert np.array_equal(*(r.run(x, np.random.default_rng(seed)).scores for r in (one, other)))
