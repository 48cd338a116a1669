"""The reference: exact arithmetic, unbiased truncation within its bound, overflow counted and never saturated."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from snni.errors import ParameterError
from snni.model.error_law import TWO_SHARES, sign_slack
from snni.model.integers import Integers, centred, outside
from snni.model.plan import Plan
from snni.model.reference import Reference, StepResult
from snni.model.steps import Argmax, Clip, Concat, Conv, MaxPool, Relu, Rescale, Step, SumPool
from snni.model.values import ValueSpec

torch.set_num_threads(1)


def plan_of(step: Step, inputs: dict[str, ValueSpec]) -> Plan:
    """A plan around one step, not validated as a whole, to apply the step alone."""
    specs = list(inputs.values())
    values = inputs | {step.y: step.infer(specs)}
    return Plan.model_construct(name="one", input=next(iter(inputs)), values=values, steps=(step,), levels=2)


def apply(step: Step, x: Integers, bits: int, rng: np.random.Generator | None = None) -> StepResult:
    plan = plan_of(step, {"x": ValueSpec(shape=x.shape, ring_bits=bits)})  # type: ignore[arg-type]
    return Reference(plan, {}).step(step, [x], rng)


def column(values: Integers) -> Integers:
    return values.reshape(-1, 1, 1)


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


@given(st.integers(-(1 << 40), 1 << 40), st.integers(2, 26))
def test_centred_is_the_representative_nearest_zero(x: int, bits: int) -> None:
    y = int(centred(np.array(x), bits))
    assert (y - x) % (1 << bits) == 0
    assert -(1 << (bits - 1)) <= y < 1 << (bits - 1)
    assert outside(np.array([x]), bits) == int(y != x)


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


@given(st.integers(0, 1 << 20), st.sampled_from([1, 2, 4]), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2))
def test_conv_is_exact_mod_2_to_the_k(seed: int, groups: int, kernel: int, stride: int, padding: int) -> None:
    rng = np.random.default_rng(seed)
    padding = min(padding, kernel - 1)
    x = rng.integers(-(1 << 15), 1 << 15, (4, 6, 5))
    weight = rng.integers(-127, 128, (8, 4 // groups, kernel, kernel)).astype(np.int8)
    bias = rng.integers(0, 1 << 16, 8)
    step = Conv(
        **{"name": "c", "x": "x", "y": "y", "out_channels": 8, "groups": groups, "ring_bits": 16},
        **{"kernel": (kernel, kernel), "stride": (stride, stride), "padding": (padding, padding)},
    )
    plan = plan_of(step, {"x": ValueSpec(shape=(4, 6, 5), ring_bits=16)})
    result = Reference(plan, {"c.weight": weight, "c.bias": bias}).step(step, [x])
    wide = [torch.from_numpy(a).long() for a in (x[None], weight, centred(bias, 16))]
    exact = F.conv2d(*wide, stride=stride, padding=padding, groups=groups)[0].numpy()
    assert (result.y == centred(exact, 16)).all()
    assert result.overflow == outside(exact, 16)
    assert result.error_units == 1


def test_relu_wraps_and_counts_what_leaves_its_window() -> None:
    step = Relu(name="r", x="x", y="y", shift=0, window=4, out_bits=8)
    result = apply(step, column(np.array([-8, -1, 0, 7, 8, 15, -9])), 8)
    assert result.y.reshape(-1).tolist() == [0, 0, 0, 7, 0, 0, 7]
    assert result.overflow == 3
    assert result.error_units == 0


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


@pytest.mark.parametrize(("value", "counted"), [(-120, 1), (-119, 0), (119, 0), (120, 1), (127, 1)])
def test_values_too_large_for_what_is_ignored_are_counted(value: int, counted: int) -> None:
    step = Relu(name="r", x="x", y="y", shift=0, window=8, out_bits=12, ignored=3)
    assert apply(step, column(np.array([value, 0])), 9).overflow == counted


def test_rescale_keeps_the_sign_and_counts_beyond_half_its_window() -> None:
    step = Rescale(name="r", x="x", y="y", shift=2, window=5, out_bits=12)
    result = apply(step, column(np.array([-32, -5, 0, 6, 28, 32, -36])), 10)
    assert result.y.reshape(-1).tolist()[:5] == [-8, -1, 0, 2, 7]
    assert result.overflow == 2
    assert result.error_units == 1


def test_rescale_rounds_halves_up() -> None:
    step = Rescale(name="r", x="x", y="y", shift=1, window=5, out_bits=12)
    assert apply(step, column(np.array([-3, -1, 1, 3])), 10).y.reshape(-1).tolist() == [-1, 0, 1, 2]


@given(st.integers(0, 1 << 20), st.integers(2, 3), st.integers(1, 3), st.integers(0, 1), st.booleans())
def test_maxpool_is_torchs_and_padding_never_wins(seed: int, k: int, stride: int, padding: int, ceil: bool) -> None:
    x = np.random.default_rng(seed).integers(-2000, 0, (3, 7, 9))
    step = MaxPool(
        **{"name": "p", "x": "x", "y": "y", "kernel": (k, k), "stride": (stride, stride), "shift": 0, "window": 13},
        **{"padding": (padding, padding), "ceil_mode": ceil},
    )
    wanted = F.max_pool2d(torch.from_numpy(x).double()[None], k, stride, padding, ceil_mode=ceil)[0]
    result = apply(step, x, 13)
    assert (result.y == wanted.long().numpy()).all()
    assert result.overflow == 0


def test_maxpool_counts_windows_whose_differences_do_not_fit() -> None:
    step = MaxPool(
        **{"name": "p", "x": "x", "y": "y", "kernel": (1, 2), "stride": (1, 2), "shift": 0, "window": 5},
        **{"padding": (0, 0), "ceil_mode": False},
    )
    x = np.array([[[7, -8, 8, -8, 15, 14]]])
    assert apply(step, x, 8).overflow == 1


def test_sumpool_and_concat_are_exact() -> None:
    x = np.arange(-18, 18).reshape(1, 6, 6)
    pool = SumPool(name="s", x="x", y="y", kernel=(3, 3), stride=(2, 2), padding=(1, 1))
    wanted = F.avg_pool2d(torch.from_numpy(x).double()[None], 3, 2, 1)[0].numpy() * 9
    assert np.array_equal(apply(pool, x, 12).y, np.rint(wanted))
    join = Concat(name="j", xs=("a", "b"), y="y", out_bits=8, left_shifts=(0, 2))
    specs = {"a": ValueSpec(shape=(1, 6, 6), ring_bits=12), "b": ValueSpec(shape=(1, 6, 6), ring_bits=6)}
    result = Reference(plan_of(join, specs), {}).step(join, [x, x])
    assert np.array_equal(result.y, np.concatenate([x, 4 * x]))


def test_argmax_takes_the_lowest_of_equals_and_compares_differences() -> None:
    step = Argmax(name="m", x="x", y="y", window=6)
    assert apply(step, column(np.array([3, 9, 9, 1])), 8).y.item() == 1
    high = apply(step, column(np.array([100, 90, 101, 95])), 8)
    assert (high.y.item(), high.overflow) == (2, 0)
    assert apply(step, column(np.array([-30, 30])), 8).overflow == 1


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
