"""Counts are the published ones; nothing local costs anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from snni.compile import compile
from snni.model.plan import Plan
from snni.model.step_cost import StepCost, plan_cost, total_cost
from snni.model.steps import MaxPool
from snni.model.values import ValueSpec
from snni.twoparty.suite import TWO_PARTY
from snni.wire.framing import HEADER
from tests.snni.compile.networks import ResNet, SqueezeNet, images, settle

torch.set_num_threads(1)


def test_squeezenet_costs_what_is_published() -> None:
    """SqueezeNet v1.1, 224 x 224, four classes: MACs, parameters (weights and biases), ReLUs, separable maxima."""
    module = SqueezeNet()
    plan = compile(module, [images(1, (3, 224, 224), 0)]).plan
    total = total_cost(plan, TWO_PARTY)
    biases = sum(layer.bias.numel() for layer in module.modules() if isinstance(layer, nn.Conv2d))
    assert total.macs == 262_970_048
    assert total.weights + biases == sum(p.numel() for p in module.parameters())
    assert total.relus == 1_388_836
    assert total.comparisons == 1_388_836 + 2_001_664 + 3
    of_a_pair = 1 + -(-(plan.steps[-1].window - 1 - 5) // 4)  # five bits, then four and the carry
    assert total.lookups == 2 * (1_388_836 + 2_001_664) + 6 * of_a_pair + 1


def test_costs_add_up_and_local_steps_are_free() -> None:
    plan = compile(settle(ResNet(), (3, 32, 32)), [images(2, (3, 32, 32), 0)]).plan
    costs = plan_cost(plan, TWO_PARTY)
    total = sum(costs.values(), StepCost())
    assert total_cost(plan, TWO_PARTY) == replace(total, flights=TWO_PARTY.flights(plan))
    assert TWO_PARTY.flights(plan) <= total.flights
    assert costs["x (input)"].online_bytes == HEADER.size + -(-3 * 32 * 32 * plan.input_bits // 8)
    local = [step.name for step in plan.steps if step.op in ("add", "concat", "flatten", "sumpool")]
    assert len(local) == 4
    assert all(costs[name] == StepCost() for name in local)


@pytest.mark.parametrize(
    "size,kernel,stride,padding,ceil", [(7, 3, 2, 1, False), (8, 2, 2, 0, True), (9, 3, 2, 0, True)]
)
def test_maxima_are_counted_one_by_one(size: int, kernel: int, stride: int, padding: int, ceil: bool) -> None:
    """Rows first: one comparison fewer than the valid columns of each window in each row read; then columns."""
    step = MaxPool(
        **{"name": "p", "x": "x", "y": "y", "kernel": (kernel, kernel), "stride": (stride, stride)},
        **{"padding": (padding, padding), "ceil_mode": ceil, "shift": 0, "window": 13},
    )
    x = ValueSpec(shape=(2, size, size), ring_bits=13)
    y = step.infer([x])
    plan = Plan.model_construct(values={"x": x, "y": y})
    ones = torch.ones(1, 1, size)
    valid = [
        int(nn.functional.pad(ones, (padding, 3 * kernel))[0, 0, i * stride : i * stride + kernel].sum())
        for i in range(y.shape[1])
    ]
    touched = {r for i in range(y.shape[1]) for r in range(i * stride - padding, i * stride - padding + kernel)}
    rows = len([r for r in touched if 0 <= r < size])
    assert step.comparisons(plan.values) == 2 * (sum(v - 1 for v in valid) * (rows + y.shape[2]))
