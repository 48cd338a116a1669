"""ReLU after max-pool: fewer comparisons, the same function."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from snni.compile.graph import Graph, evaluate
from snni.compile.reorder import relu_after_maxpool
from snni.compile.trace import trace
from tests.snni.compile.networks import Fire, SqueezeNet, images

torch.set_num_threads(1)


def reordered(module: nn.Module, shape: tuple[int, int, int]) -> Graph:
    """The reordered graph, exactly equal to the traced one on images (maxima and ReLUs round nothing)."""
    graph = trace(module, shape)
    after = relu_after_maxpool(graph)
    x = images(2, shape, 0)
    assert torch.equal(evaluate(graph, x)[graph.output], evaluate(after, x)[after.output])
    return after


def relus(graph: Graph) -> int:
    return sum(math.prod(node.shape) for node in graph if node.op == "relu")


def test_a_relu_before_a_pool_moves_behind_it() -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1)
    )
    graph = reordered(module, (3, 14, 14))
    assert [node.op for node in graph] == ["input", "conv", "maxpool", "maxpool", "relu", "avgpool"]


def test_relus_move_through_a_concatenation() -> None:
    module = nn.Sequential(Fire(3, 2, 4), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1))
    graph = reordered(module, (3, 8, 8))
    assert [node.op for node in graph] == [
        *("input", "conv", "relu", "conv", "conv", "concat", "maxpool", "relu", "avgpool")
    ]


def test_a_relu_that_is_read_elsewhere_stays() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = F.relu(self.conv(x))
            return torch.cat([F.max_pool2d(x, 6), F.avg_pool2d(x, 6)], 1)

    assert [node.op for node in reordered(Shared(), (3, 8, 8))] == [
        *("input", "conv", "relu", "maxpool", "avgpool", "concat")
    ]


def test_a_concatenation_with_one_value_not_rectified_stays() -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.conv(x)
            return F.max_pool2d(torch.cat([x, F.relu(x)], 1), 6)

    assert [node.op for node in reordered(Half(), (3, 8, 8))] == ["input", "conv", "relu", "concat", "maxpool"]


def test_squeezenet_has_the_published_counts() -> None:
    """SqueezeNet v1.1 at 224x224 with four classes: 2,421,028 ReLUs as written, 1,388,836 after the swap."""
    graph = trace(SqueezeNet(), (3, 224, 224))
    assert relus(graph) == 2_421_028
    assert relus(relu_after_maxpool(graph)) == 1_388_836
