"""Layers and networks that no listed model has, from torch to both parties: within the bound at every step.

compile -> the reference's integers -> a secure run at shipped parameters, each step's revealed output against the ideal
of its revealed input, and the scores against the float network's within the error that roundings explain.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn

from snni.compile import compile_network
from snni.compile.calibrate import encode_image
from snni.model.reference import Reference
from snni.model.steps import Clip, Conv, Relu, Rescale
from tests.snni.compile.networks import images, networks, settle
from tests.snni.drawn import drawn
from tests.support.secure_run import check_steps, infer

torch.set_num_threads(1)
SHAPE = (3, 12, 11)


def assert_whole(module: nn.Module, shape: tuple[int, int, int] = SHAPE, count: int = 2):
    """Compile, run both parties, compare; the plan."""
    settle(module, shape)
    compiled = compile_network(module, [images(8, shape, 0)])
    bundle, x = compiled.bundle, encode_image(images(count, shape, 5))
    reference = Reference(bundle.plan, bundle.weights)
    outcomes, revealed = infer(bundle, x.numpy().astype(np.uint8), scores=True)
    with torch.no_grad():
        wanted = module(x.float() / 255).reshape(count, -1).double().numpy()
    for index, (outcome, values) in enumerate(zip(outcomes, revealed, strict=True)):
        assert check_steps(bundle, x[index].numpy(), values) == len(bundle.plan.steps) - 1
        trace = reference.run(x[index].numpy())
        drawn(bundle, x[index].numpy()).assert_like(outcome.scores)
        assert sum(trace.overflows.values()) == 0
        error = outcome.scores * compiled.score_scale - wanted[index]
        # A difference of two levels has at most sqrt(2) of the larger deviation: 8.4 of its own, 2^-55 if normal.
        assert np.ptp(error) <= 12 * compiled.expected.max()
    return bundle.plan


def head(channels: int, levels: int = 3) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, levels)]


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(8, 8, 3, padding=1, groups=8),
        nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=8),
        nn.Conv2d(8, 16, 5, stride=(1, 2), padding=(2, 1), groups=8),
        nn.Conv2d(8, 8, (3, 1), padding=(1, 0), groups=4),
        nn.Conv2d(8, 12, 2, stride=3, groups=4),
        nn.Conv2d(8, 6, 1, groups=2),
    ],
)
def test_depthwise_and_grouped_convolutions(conv: nn.Conv2d) -> None:
    torch.manual_seed(conv.out_channels)
    body = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU()]
    plan = assert_whole(nn.Sequential(*body, *head(conv.out_channels)))
    assert [step.groups for step in plan.steps if isinstance(step, Conv)] == [1, conv.groups, 1]


def test_relu6_and_other_ceilings_cut_as_in_torch() -> None:
    """Half of the values lie above a ceiling."""
    torch.manual_seed(2)
    body = [nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU6(), nn.Conv2d(6, 6, 3), nn.Hardtanh(0, 0.25)]
    plan = assert_whole(nn.Sequential(*body, *head(6)))
    assert sum(isinstance(step, Clip) for step in plan.steps) == 2


def test_a_ceiling_is_the_servers_secret() -> None:
    """The plans of two networks that differ in ceilings alone are the same but for the commitment."""

    def plan(limit: float):
        torch.manual_seed(3)
        module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Hardtanh(0, limit), *head(4))
        found = compile_network(settle(module, SHAPE), [images(4, SHAPE, 0)]).bundle
        return found.plan.model_copy(update={"weights_commitment": None}), found.weights["_1.limit"]

    (first, low), (second, high) = plan(0.50), plan(0.52)
    assert first == second and (low != high).all()


class Bottleneck(nn.Module):
    """MobileNetV2's: a sum that no ReLU follows, read by a convolution and by the next sum."""

    def __init__(self, channels: int, activation: type[nn.Module]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, stride=2)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *(nn.Conv2d(channels, 12, 1, bias=False), nn.BatchNorm2d(12), activation()),
                *(nn.Conv2d(12, 12, 3, padding=1, groups=12, bias=False), nn.BatchNorm2d(12), activation()),
                *(nn.Conv2d(12, channels, 1, bias=False), nn.BatchNorm2d(channels)),
            )
            for _ in range(2)
        )
        self.last = nn.Sequential(*head(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x)
        return self.last(x)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.ReLU6])
def test_linear_bottlenecks_are_rescaled_without_a_comparison(activation: type[nn.Module]) -> None:
    torch.manual_seed(4)
    plan = assert_whole(Bottleneck(5, activation))
    compared = {step.x for step in plan.steps if isinstance(step, Relu | Clip)}
    rescaled = {step.x for step in plan.steps if isinstance(step, Rescale)}
    assert len(rescaled) >= 2 and not rescaled & compared


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_random_networks(network: nn.Module) -> None:
    """Widths, strides, paddings, groups, ceilings, sums and joins as drawn; the same in every run, because how far the
    floats are is known on average only."""
    assert_whole(network, (3, 17, 19), count=1)
