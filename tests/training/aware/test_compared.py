"""Comparisons without their low bits in tensors: the distribution of snni.model.reference's, with gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from snni.model.plan import Plan
from snni.model.reference import Reference
from snni.model.steps import MaxPool, Relu
from snni.model.values import ValueSpec
from training.aware.compared import largest, low_bits, passes, positive


def reference_of(step: Relu | MaxPool, shape: tuple[int, int, int]) -> Reference:
    x = ValueSpec(shape=shape, ring_bits=12)
    return Reference(Plan.model_construct(values={"x": x, "y": step.infer([x])}, steps=(step,)), {})


@pytest.mark.parametrize("ignored", [0, 1, 3, 5])
def test_it_passes_as_often_as_the_references(ignored: int) -> None:
    torch.manual_seed(0)
    draws, values = 4000, np.arange(-20, 21)
    x = np.repeat(values, draws).reshape(1, -1, 1)
    step = Relu(name="r", x="x", y="y", shift=0, window=10, out_bits=12, ignored=ignored)
    theirs = reference_of(step, x.shape).step(step, [x], np.random.default_rng(1)).y
    rows = torch.from_numpy(x).float()
    ours = positive(rows, ignored, low_bits(rows, ignored)).numpy()
    often = [(y == x)[0, :, 0].reshape(len(values), draws)[values != 0].mean(axis=1) for y in (ours, theirs)]
    assert np.abs(often[0] - often[1]).max() <= 6 * 0.5 * np.sqrt(2 / draws)


def test_gradients_pass_where_values_do() -> None:
    torch.manual_seed(0)
    x = torch.arange(-9.0, 10.0).repeat(50).requires_grad_()
    low = low_bits(x.detach(), 3)
    positive(x, 3, low).sum().backward()
    assert x.grad is not None and torch.equal(x.grad.bool(), passes(x.detach(), 3, low))


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil"), [(3, 2, 0, True), (3, 2, 1, False), (2, 2, 0, False)])
def test_tournaments_miss_as_the_references_do(kernel: int, stride: int, padding: int, ceil: bool) -> None:
    """Next to values that nothing hides the maximum is torch's; with near ones it is as far below as often."""
    torch.manual_seed(0)
    step = MaxPool(
        **{"name": "p", "x": "x", "y": "y", "kernel": (kernel, kernel), "stride": (stride, stride), "shift": 0},
        **{"padding": (padding, padding), "ceil_mode": ceil, "window": 11, "ignored": 3},
    )
    shape = (24, 46, 46)
    near = np.random.default_rng(0).integers(-12, 13, shape)
    size = step.infer([ValueSpec(shape=shape, ring_bits=12)]).shape
    rows = torch.from_numpy(near).float()[None]
    exact = F.max_pool2d(rows, kernel, stride, padding, ceil_mode=ceil)
    assert torch.equal(largest(step, rows, size, by_chance=False), exact)
    assert torch.equal(largest(step, 8 * rows, size, by_chance=True), 8 * exact)
    missed = (exact - largest(step, rows, size, by_chance=True))[0].numpy()
    theirs = exact[0].numpy() - reference_of(step, shape).step(step, [near], np.random.default_rng(1)).y
    assert missed.min() == 0 and 0 < missed.max() <= 4 * 3
    # neighbours share lines of the tournament: an eighth as many independent windows at least
    assert abs(missed.mean() - theirs.mean()) <= 6 * missed.std() * np.sqrt(2 * 8 / missed.size)
