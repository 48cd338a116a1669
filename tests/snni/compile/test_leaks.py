"""Leaky ReLUs over the steps that a plan has: the same function, and no more comparisons than there must be."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from snni.compile.compiler import compile_network, real_graph
from tests.snni.compile.following import assert_followed
from tests.snni.compile.networks import images, settle

torch.set_num_threads(1)
SHAPE = (3, 16, 14)


class Pieces(nn.Module):
    """Leaky after a convolution, a normalisation, a sum, a pool and a linear layer."""

    def __init__(self, leak: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.leak = leak
        self.stem, self.conv = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.norm, self.pool = nn.BatchNorm2d(6), nn.MaxPool2d(2)
        self.fc, self.head = nn.Linear(6, 6), nn.Linear(6, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.leak(self.stem(x))
        x = self.leak(self.norm(self.conv(x)) + x)
        x = self.leak(self.pool(self.conv(x)))
        return self.head(self.leak(self.fc(x.mean((2, 3)))))


def slopes() -> nn.PReLU:
    layer = nn.PReLU(6)
    layer.weight = nn.Parameter(torch.tensor([0.0, 0.01, 0.25, 0.5, 0.99, -1.0]))
    return layer


@pytest.mark.parametrize("leak", [nn.LeakyReLU(), nn.LeakyReLU(0.3, inplace=True), nn.PReLU(), nn.RReLU(), slopes()])
def test_the_function_stays_and_the_integers_follow_it(leak: nn.Module) -> None:
    network = settle(Pieces(leak), SHAPE)
    assert_followed(network, images(24, SHAPE, 4))


def test_after_a_convolution_it_is_one_comparison_and_one_rescale() -> None:
    torch.manual_seed(0)
    layers = (
        nn.Conv2d(3, 6, 3),
        nn.LeakyReLU(),
        nn.Conv2d(6, 6, 3),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 4),
    )
    plan = compile_network(nn.Sequential(*layers), list(images(8, SHAPE, 0))).bundle.plan
    kinds = [type(step).__name__ for step in plan.steps]
    assert kinds[:5] == ["Conv", "Conv", "Relu", "Add", "Rescale"] and kinds.count("Relu") == 1


def test_a_slope_of_zero_is_a_relu() -> None:
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 4, 3), nn.LeakyReLU(0.0), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    assert [node.op for node in real_graph(nn.Sequential(*layers), SHAPE)] == ["input", "conv", "relu", "avgpool"]
