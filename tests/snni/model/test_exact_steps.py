"""Steps of the reference that are exact: as torch's or as worked out by hand, overflow counted and never saturated."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from snni.model.integers import centred, outside
from snni.model.reference import Reference
from snni.model.steps import Argmax, Concat, Conv, MaxPool, Relu, Rescale, SumPool
from snni.model.values import ValueSpec
from tests.snni.model.one_step import apply, column, plan_of

torch.set_num_threads(1)


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
