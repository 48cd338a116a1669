"""Steps of the reference that draw: unbiased truncation within its bound, comparisons that leave out low bits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snni.model.error_law import TWO_SHARES, sign_slack
from snni.model.integers import centred
from snni.model.reference import Reference
from snni.model.steps import Clip, MaxPool, Relu
from snni.model.values import ValueSpec
from tests.snni.model.one_step import plan_of


@given(st.integers(0, 1 << 30), st.integers(0, 6), st.integers(1, 1 << 12))
def test_clip_is_within_a_unit_of_the_clipped_quotient_drawn_or_rounded(seed: int, shift: int, limit: int) -> None:
    """Both runs; outputs of one channel's limit alone; the two runs at most ``error_units`` apart."""
    step = Clip(name="t", x="x", y="y", shift=shift, window=14, out_bits=16)
    rng = np.random.default_rng(seed)
    x = rng.integers(-(1 << 12), 1 << 12, (2, 6, 5))
    plan = plan_of(step, {"x": ValueSpec(shape=x.shape, ring_bits=20)})  # type: ignore[arg-type]
    reference = Reference(plan, {"t.limit": np.array([limit, 1 << 12])})
    drawn, rounded = reference.step(step, [x], rng), reference.step(step, [x])
    ideal = np.clip(x, 0, np.array([limit, 1 << 12])[:, None, None]) / (1 << shift)
    assert (np.abs(drawn.y - ideal) < 1).all() and (np.abs(rounded.y - ideal) <= 1).all()
    assert np.abs(drawn.y - rounded.y).max() <= drawn.error_units <= 1
    assert drawn.y.min() >= 0 and (drawn.y[x <= 0] == 0).all()


@pytest.mark.parametrize("bits,shift", [(8, 3), (12, 4), (16, 6)])
def test_truncation_is_the_integer_below_or_above_for_every_value(bits: int, shift: int) -> None:
    """All x of the ring but those whose neighbour above wraps: error below one unit, multiples of 2^shift exact."""
    limit = 1 << (bits - 1)
    x = np.arange(-limit, limit - (1 << shift) + 1)
    for seed in range(8):
        y = TWO_SHARES.truncated(x, shift, bits, np.random.default_rng(seed))
        assert (np.abs(y * (1 << shift) - x) < 1 << shift).all()
        exact = x % (1 << shift) == 0
        assert (y[exact] == x[exact] >> shift).all()
    rounded = TWO_SHARES.truncated(x, shift, bits)
    assert (2 * np.abs(rounded * (1 << shift) - x) <= 1 << shift).all()


@pytest.mark.parametrize("x", [1, 13, 31, 32, 50, -1, -17, -63])
def test_truncation_is_unbiased(x: int) -> None:
    """A draw is Bernoulli with variance at most 1/4, so the mean of n lies within 6 / (2 sqrt(n)) of x / 2^f."""
    draws, shift = 40_000, 6
    mean = TWO_SHARES.truncated(np.full(draws, x), shift, 16, np.random.default_rng(abs(x))).mean()
    assert abs(mean - x / (1 << shift)) < 6 * 0.5 / math.sqrt(draws)


def test_truncation_matches_the_protocols_formula() -> None:
    """(c >> f) + ((s + 2^f - 1) >> f) mod 2^(k-f), every pair of shares at k = 7: drawn as made."""
    bits, shift = 7, 3
    c, s = np.meshgrid(np.arange(1 << bits), np.arange(1 << bits))
    made = centred((c >> shift) + (((s + (1 << shift) - 1) & ((1 << bits) - 1)) >> shift), bits - shift)
    for x in range(-(1 << (bits - 1)), 1 << (bits - 1)):
        protocol = made[(c + s - x) % (1 << bits) == 0]
        drawn = TWO_SHARES.truncated(np.full(4096, x), shift, bits, np.random.default_rng(x & 127))
        assert set(np.unique(protocol)) == set(np.unique(drawn))
        assert abs(protocol.mean() - drawn.mean()) < 6 * (drawn.max() - drawn.min()) / math.sqrt(4096) + 1e-12


@pytest.mark.parametrize("ignored", [1, 2, 4])
def test_a_drawn_comparison_without_low_bits_is_that_of_the_shares(ignored: int) -> None:
    """For each value as often as over all the client's shares; a run that rounds half up drops no bits."""
    values, draws, window = np.arange(-24, 25), 4000, 9
    step = Relu(name="r", x="x", y="y", shift=0, window=window, out_bits=12, ignored=ignored)
    x = np.repeat(values, draws).reshape(1, -1, 1)
    plan = plan_of(step, {"x": ValueSpec(shape=x.shape, ring_bits=window)})
    reference = Reference(plan, {})
    assert np.array_equal(reference.step(step, [x]).y, np.maximum(x, 0))
    result = reference.step(step, [x], np.random.default_rng(1))
    assert ((result.y == x) | (result.y == 0)).all() and result.error_units == sign_slack(ignored)
    assert np.abs(result.y - np.maximum(x, 0)).max() <= result.error_units
    passed = (result.y == x).reshape(len(values), draws).mean(axis=1)
    c = np.arange(1 << window)
    for value, often in zip(values[values != 0], passed[values != 0], strict=True):
        high = (c >> ignored) + (((value - c + sign_slack(ignored)) % (1 << window)) >> ignored)
        exactly = np.mean(high % (1 << (window - ignored)) < 1 << (window - ignored - 1))
        assert abs(often - exactly) <= 6 * 0.5 / np.sqrt(draws) and (often == exactly or 0 < exactly < 1)


def test_a_drawn_clip_drops_the_same_bits_of_both_halves() -> None:
    """Both halves have one client's share: well above the limit the result is the limit, below zero it is 0."""
    step = Clip(name="r", x="x", y="y", shift=0, window=9, out_bits=12, ignored=4)
    x = np.repeat(np.arange(-60, 120), 200).reshape(1, -1, 1)
    plan = plan_of(step, {"x": ValueSpec(shape=x.shape, ring_bits=9)})
    result = Reference(plan, {"r.limit": np.array([40])}).step(step, [x], np.random.default_rng(0))
    ideal = np.clip(x, 0, 40)
    assert np.abs(result.y - ideal).max() <= sign_slack(4) < result.error_units == 2 * sign_slack(4)
    far = (np.abs(x) > sign_slack(4)) & (np.abs(x - 40) > sign_slack(4))
    assert np.array_equal(result.y[far], ideal[far]) and not np.array_equal(result.y, ideal)


def test_a_drawn_tournament_without_low_bits_may_miss_by_what_they_hide() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(-30, 31, (4, 40, 40))
    step = MaxPool(
        **{"name": "p", "x": "x", "y": "y", "kernel": (3, 3), "stride": (2, 2), "shift": 0, "window": 10},
        **{"padding": (1, 1), "ceil_mode": False, "ignored": 3},
    )
    reference = Reference(plan_of(step, {"x": ValueSpec(shape=x.shape, ring_bits=10)}), {})
    exact, drawn = reference.step(step, [x]), reference.step(step, [x], rng)
    missed = exact.y - drawn.y
    assert missed.min() == 0 and 0 < missed.max() <= drawn.error_units == 4 * sign_slack(3)
    assert 0 < (missed > 0).mean() < 0.5


def test_a_drawn_tournament_counts_by_the_true_maximum() -> None:
    """29 - 0 does not fit what three ignored bits leave of 6, whoever wins."""
    step = MaxPool(
        **{"name": "p", "x": "x", "y": "y", "kernel": (1, 4), "stride": (1, 4), "shift": 0, "window": 6},
        **{"padding": (0, 0), "ceil_mode": False, "ignored": 3},
    )
    x = np.array([[[29, 0, 26, 23]]])
    reference = Reference(plan_of(step, {"x": ValueSpec(shape=x.shape, ring_bits=8)}), {})
    drawn = [reference.step(step, [x], np.random.default_rng(seed)) for seed in range(300)]
    assert {result.overflow for result in drawn} == {1} and {int(result.y.item()) for result in drawn} >= {29, 26}
