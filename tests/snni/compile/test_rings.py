"""Rings and windows hold every calibration value with headroom, and what later steps ask for."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

from snni.compile.calibrate import measure
from snni.compile.compiler import compile_network, real_graph
from snni.compile.emit import assert_fan_in
from snni.compile.lower import lower
from snni.compile.rings import choose_rings
from snni.compile.scales import choose_scales
from snni.compile.windows import compared_window, signed_bits
from snni.errors import BundleError
from snni.model.plan import Plan
from snni.model.steps import Conv, MaxPool, Relu
from tests.snni.compile.networks import SqueezeNet, images, networks

torch.set_num_threads(1)
SHAPE = (3, 17, 19)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_every_value_has_its_headroom(network: nn.Module) -> None:
    lowered = lower(real_graph(network, SHAPE))
    statistics = measure(lowered.graph, [images(6, SHAPE, 0)])
    for headroom in (1, 2):
        scales = choose_scales(lowered, statistics, headroom)
        try:
            rings = choose_rings(lowered.graph, statistics, scales, headroom)
        except BundleError as error:
            assert headroom == 2 and "ring bits" in str(error)
            return
        for node in lowered.graph:
            unit = scales.scale[node.name]
            reach = 2.0 ** (rings.ring_bits[node.name] - 1)
            assert statistics.peak[node.name] / unit * 2**headroom < reach or node.op == "input"
            if node.op == "relu":
                assert statistics.peak[node.inputs[0]] / unit * 2**headroom < 2.0 ** (rings.window[node.name] - 1)
            if node.op == "rescale":
                assert statistics.peak[node.inputs[0]] / unit * 2**headroom < 2.0 ** (rings.window[node.name] - 2)
            if node.op == "maxpool":
                assert statistics.spread[node.inputs[0]] / unit * 2**headroom < 2.0 ** (rings.window[node.name] - 1)


@pytest.mark.parametrize("magnitude", [0, 1, 6.5, 7, 127, 128, 2047])
def test_signed_bits(magnitude: float) -> None:
    assert magnitude < 2 ** (signed_bits(magnitude) - 1)
    assert magnitude + 2 >= 2 ** (signed_bits(magnitude) - 2)


@pytest.mark.parametrize(
    ("activation_bits", "ignored", "widest"), [(5, 0, 8), (6, 0, 9), (8, 0, 12), (8, 3, 8), (8, 4, 8)]
)
def test_squeezenets_comparisons_are_as_narrow_as_was_asked_and_its_rings_16_to_24_bits(
    activation_bits: int, ignored: int, widest: int
) -> None:
    torch.manual_seed(0)
    batches = [images(2, (3, 64, 64), 0)]
    compiled = compile_network(SqueezeNet(), batches, activation_bits=activation_bits, ignored_bits=ignored)
    plan = compiled.bundle.plan
    compared = [step.window - step.ignored for step in plan.steps if isinstance(step, Relu | MaxPool)]
    assert {step.ignored for step in plan.steps if isinstance(step, Relu | MaxPool)} == {ignored}
    assert max(compared) == widest
    assert all(16 <= step.ring_bits <= 24 for step in plan.steps if isinstance(step, Conv))


@given(st.floats(0, 1e6), st.integers(0, 6))
def test_a_window_has_room_for_what_its_comparison_ignores(magnitude: float, ignored: int) -> None:
    window = compared_window(magnitude, ignored)
    assert magnitude < 2 ** (window - 1) - (2**ignored if ignored else 0) and ignored <= window - 2


class Uneven(nn.Module):
    """Two joined branches, one far smaller than the other."""

    def __init__(self, ratio: float) -> None:
        super().__init__()
        self.a, self.b, self.head = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1), nn.Conv2d(8, 3, 1)
        with torch.no_grad():
            self.b.weight *= ratio
            self.b.bias *= ratio

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        joined = torch.cat([self.a(x).relu(), self.b(x).relu()], 1)
        return torch.flatten(self.head(joined).mean((2, 3), keepdim=True), 1)


@pytest.mark.parametrize("ratio", [2.0**-12, 2.0**-14, 2.0**-24])
def test_a_branch_of_next_to_nothing_keeps_its_ring(ratio: float) -> None:
    torch.manual_seed(0)
    plan = compile_network(Uneven(ratio).eval(), [images(4, (3, 8, 8), 0)]).bundle.plan
    assert max(spec.ring_bits for spec in plan.values.values()) <= 24


def test_sums_beyond_all_rings_are_named() -> None:
    """An outlier of 26 bits in an accumulator."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 2, 1), nn.AvgPool2d(2), nn.Conv2d(2, 2, 8))
    lowered = lower(real_graph(module.eval(), (3, 16, 16)))
    statistics = measure(lowered.graph, [images(2, (3, 16, 16), 0)])
    scales = choose_scales(lowered, statistics)
    conv = next(node.name for node in lowered.graph if node.op == "conv")
    statistics.peak[conv] = 2.0**26 * scales.scale[conv]
    with pytest.raises(BundleError, match=f"{conv} needs [0-9]+ ring bits"):
        choose_rings(lowered.graph, statistics, scales)


def test_fan_in_is_bounded_by_the_noise() -> None:
    """q = 2^54 and k = 26: 2^(54 - 26) / (127 * 21.5) = 98,310.2 products."""
    conv = {"name": "c", "x": "x", "y": "y", "out_channels": 2, "groups": 1, "ring_bits": 26}
    step = Conv(**conv, kernel=(1, 1), stride=(1, 1), padding=(0, 0))
    for channels in (98_310, 98_311):
        plan = Plan.model_construct(steps=(step,), values={"x": _Shape((channels, 1, 1))})
        if channels == 98_310:
            assert_fan_in(plan)
            continue
        with pytest.raises(BundleError, match="c sums 98311 products"):
            assert_fan_in(plan)


class _Shape:
    """All that the bound reads of a value."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape = shape
