"""Averages over any window may be joined with anything: what they divide by is parted from the rest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snni.compile.compiler import real_graph
from snni.compile.components import offsets
from snni.compile.trace import trace
from snni.errors import UnsupportedLayer
from tests.snni.compile.following import assert_followed
from tests.snni.compile.networks import images

torch.set_num_threads(1)
SHAPE = (3, 14, 14)


class Joined(nn.Module):
    """A stem, then whatever ``join`` makes of its [6, 12, 12] map, then a head."""

    def __init__(self, join: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.stem, self.join, self.head = nn.Conv2d(3, 6, 3), join, nn.LazyLinear(5)
        self.eval()(torch.rand(1, *SHAPE))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.join(F.relu(self.stem(x))).mean((2, 3)))


JOINS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "both pools of a head": lambda x: torch.cat([F.adaptive_avg_pool2d(x, 1), F.adaptive_max_pool2d(x, 1)], 1),
    "their sum": lambda x: F.adaptive_max_pool2d(x, 1) + F.adaptive_avg_pool2d(x, 1),
    "an average beside its map": lambda x: torch.cat([x, F.avg_pool2d(x, 3, 1, 1)], 1),
    "two kinds of average": lambda x: F.avg_pool2d(x, 3, 1, 1) + F.avg_pool2d(x, 5, 1, 2) + x,
}


@pytest.mark.parametrize("name", JOINS)
def test_the_function_stays_and_the_integers_follow_it(name: str) -> None:
    network = Joined(JOINS[name])
    with pytest.raises(UnsupportedLayer, match="not averaged alike"):
        offsets(trace(network, SHAPE))
    assert_followed(network, images(16, SHAPE, 5))


def test_averages_over_powers_of_two_need_no_part() -> None:
    network = Joined(lambda x: torch.cat([F.max_pool2d(x, 2), F.avg_pool2d(x, 2)], 1))
    assert [node.op for node in real_graph(network, SHAPE)].count("conv") == 2
