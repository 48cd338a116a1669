"""Scales: shifts are whole, joins agree, weights fill int8, activations fill eight bits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from torch import nn

from snni.compile.calibrate import Statistics, measure
from snni.compile.compiler import compile_network, real_graph
from snni.compile.emit import integer_weight
from snni.compile.lower import Lowered, lower
from snni.compile.scales import Scales, choose_scales
from tests.snni.compile.networks import ResNet, SqueezeNet, images, networks, settle

torch.set_num_threads(1)


def scaled(module: nn.Module, shape: tuple[int, int, int]) -> tuple[Lowered, Statistics, Scales]:
    lowered = lower(real_graph(module.eval(), shape))
    statistics = measure(lowered.graph, [images(6, shape, 0)])
    return lowered, statistics, choose_scales(lowered, statistics)


def assert_consistent(lowered: Lowered, scales: Scales) -> None:
    """Every step's integers mean the real values they should."""
    scale = scales.scale
    for node in lowered.graph.nodes[1:]:
        if node.op in ("add", "concat"):
            for x, shift in zip(node.inputs, scales.left_shifts[node.name], strict=True):
                assert shift >= 0
                assert scale[x] == pytest.approx(scale[node.name] * 2**shift, rel=1e-9)
        elif node.op == "avgpool":
            assert scale[node.name] == pytest.approx(scale[node.inputs[0]] / math.prod(node.kernel), rel=1e-9)
        elif node.op != "conv":
            assert scales.shift.get(node.name, 0) >= 0
            assert (node.name in scales.shift) == lowered.truncates(node)
            assert scale[node.name] == pytest.approx(
                scale[node.inputs[0]] * 2 ** scales.shift.get(node.name, 0), rel=1e-9
            )
        else:
            assert np.abs(integer_weight(node, scales).astype(int)).max() <= 127


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_any_network_gets_consistent_scales(network: nn.Module) -> None:
    lowered, _, scales = scaled(network, (3, 17, 19))
    assert_consistent(lowered, scales)


@pytest.mark.parametrize("module,shape", [(ResNet(), (3, 32, 32)), (SqueezeNet(), (3, 64, 64))])
def test_weights_and_activations_fill_eight_bits(module: nn.Module, shape: tuple[int, int, int]) -> None:
    """Largest |w| in (63, 127]; the typical value of every ReLU's group within a factor sqrt(2) of 255, or below
    for a narrower comparison: by one bit, and what comes of scales being a power of two apart."""
    lowered, statistics, scales = scaled(settle(module, shape), shape)
    assert_consistent(lowered, scales)
    typical: dict[float, float] = {}
    for node in lowered.graph:
        if node.op == "conv":
            assert 63 < np.abs(integer_weight(node, scales).astype(int)).max() <= 127
        if node.op == "relu":
            unit = scales.scale[node.name]
            typical[unit] = max(typical.get(unit, 0.0), statistics.typical[node.name] / unit)
    assert all(255 / 4 <= t <= 255 * 1.01 * math.sqrt(2) for t in typical.values())


def test_a_residual_branch_is_shifted_left_to_its_accumulator() -> None:
    lowered, _, scales = scaled(settle(ResNet(), (3, 32, 32)), (3, 32, 32))
    adds = [node for node in lowered.graph if node.op == "add"]
    assert all(min(scales.left_shifts[node.name]) == 0 for node in adds)
    assert any(max(scales.left_shifts[node.name]) >= 6 for node in adds)
    assert not any(node.op == "rescale" for node in lowered.graph)


def test_averages_of_four_join() -> None:
    class Mixed(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return F.adaptive_avg_pool2d(torch.cat([F.avg_pool2d(x, 2), F.max_pool2d(x, 2)], 1), 1)

    lowered, _, scales = scaled(Mixed(), (3, 8, 8))
    assert_consistent(lowered, scales)
    (concat,) = [node for node in lowered.graph if node.op == "concat"]
    assert scales.left_shifts[concat.name] == (0, 2)


def test_outliers_do_not_cost_activations_their_bits() -> None:
    """One pixel 40 times as bright as the rest: the scale follows the rest, the window takes the outlier."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(), nn.Conv2d(1, 2, 64)).eval()
    module[0].weight.data.fill_(1.0)
    x = torch.full((1, 1, 64, 64), 6 / 255)
    x[0, 0, 5, 5] = 240 / 255
    lowered = lower(real_graph(module, (1, 64, 64)))
    statistics = measure(lowered.graph, [x])
    scales = choose_scales(lowered, statistics)
    relu = next(node.name for node in lowered.graph if node.op == "relu")
    assert statistics.typical[relu] / scales.scale[relu] > 63 / 2


@pytest.mark.parametrize("bias", [-0.8, -2.0])
def test_an_activation_that_is_nearly_always_zero_has_a_scale_of_its_own_size(bias: float) -> None:
    """Above zero in one pixel of 2304, or nowhere: steps of 1 lose what is there, and chance makes what is not."""
    torch.manual_seed(0)
    spots = nn.Conv2d(1, 2, 1)
    nn.init.ones_(spots.weight)
    nn.init.constant_(spots.bias, bias)
    module = nn.Sequential(spots, nn.ReLU(), nn.Conv2d(2, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    x = images(4, (1, 48, 48), 0) * 0.5
    x[:, :, 24, 24] = 1.0
    agreement = compile_network(module.eval(), [x]).agreement
    assert agreement.same_level == 4 and not any(agreement.overflows.values())
