"""A small network whose end a test writes, and the comparison of a graph with the network that it was read from."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from snni.compile.graph import Graph, evaluate
from tests.snni.compile.networks import images

torch.set_num_threads(1)
SHAPE = (3, 12, 10)


class Body(nn.Module):
    """A convolution, then whatever ``rest`` makes of its result and the image."""

    def __init__(self, rest: Callable[[Body, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.flat = nn.Linear(480, 5)
        self.head = nn.Linear(4, 5)
        self.rest = rest

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rest(self, self.conv(x))


def assert_same(module: nn.Module, graph: Graph, shape: tuple[int, int, int] = SHAPE) -> None:
    """The graph computes the module's function, to float32's rounding of sums of a few hundred terms."""
    x = images(3, shape, 0)
    with torch.no_grad():
        wanted = module(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    assert torch.allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))
