"""Batch norm disappears and the function stays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from snni.compile.fold import fold_affine
from snni.compile.graph import evaluate
from snni.compile.trace import trace
from tests.snni.compile.networks import images, settle

torch.set_num_threads(1)
SHAPE = (4, 9, 9)


def folded_error(module: nn.Module) -> float:
    """Largest difference between the folded graph and the module, over the module's largest output."""
    graph = fold_affine(trace(settle(module, SHAPE), SHAPE))
    assert all(node.op != "affine" for node in graph)
    x = images(4, SHAPE, 2)
    with torch.no_grad():
        wanted = module(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    return float((got - wanted).abs().max() / wanted.abs().max())


@pytest.mark.parametrize(
    "layers",
    [
        (nn.Conv2d(4, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU()),
        (nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False), nn.BatchNorm2d(6), nn.BatchNorm2d(6)),
        (nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3)),
        (nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, groups=2, bias=False), nn.ReLU()),
        (nn.Conv2d(4, 6, 3), nn.ReLU(), nn.BatchNorm2d(6), nn.Conv2d(6, 6, 1)),
        (nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6, affine=False)),
    ],
)
def test_folding_keeps_the_function(layers: tuple[nn.Module, ...]) -> None:
    torch.manual_seed(1)
    assert folded_error(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1))) < 1e-5


def test_one_normalisation_read_by_two_unpadded_convolutions() -> None:
    class Fork(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.left, self.right = nn.BatchNorm2d(4), nn.Conv2d(4, 3, 1), nn.Conv2d(4, 5, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.norm(x)
            return torch.cat([self.left(x), self.right(x)], 1).mean((2, 3))

    assert folded_error(Fork()) < 1e-5


@pytest.mark.parametrize(
    "layers",
    [
        (nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, padding=1)),
        (nn.Conv2d(4, 6, 3), nn.ReLU(), nn.BatchNorm2d(6), nn.ReLU()),
        (nn.Conv2d(4, 6, 3), nn.ReLU(), nn.BatchNorm2d(6)),
        (nn.Conv2d(4, 6, 3), nn.ReLU(), nn.BatchNorm2d(6), nn.MaxPool2d(2)),
    ],
)
def test_normalisations_that_cannot_be_folded_are_convolutions_by_channel(layers: tuple[nn.Module, ...]) -> None:
    module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1))
    graph = fold_affine(trace(settle(module, SHAPE), SHAPE))
    assert sum(node.op == "conv" and node.groups == node.shape[0] for node in graph) == 1
    assert folded_error(module) < 1e-5


def test_constants_one_after_the_other_are_one() -> None:
    """(255 x - 127.5) / 128 and a batch norm before an unpadded convolution: nothing but the convolution is left."""

    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.conv = nn.BatchNorm2d(4), nn.Conv2d(4, 3, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(self.norm((x * 255 - 127.5) / 128)).mean((2, 3))

    assert folded_error(Scaled()) < 1e-5
    assert sum(node.op == "conv" for node in fold_affine(trace(Scaled().eval(), SHAPE))) == 1


def test_folding_is_pure() -> None:
    module = settle(nn.Sequential(nn.Conv2d(4, 6, 9), nn.BatchNorm2d(6)), SHAPE)
    graph = trace(module, SHAPE)
    before = graph.nodes[1].kernel_real.copy()
    fold_affine(graph)
    assert np.array_equal(graph.nodes[1].kernel_real, before)
    assert [node.op for node in graph] == ["input", "conv", "affine"]
