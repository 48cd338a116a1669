"""Chosen channels disappear into the convolutions around them and the function stays."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from snni.compile.compiler import real_graph
from snni.compile.gathers import without_gathers
from snni.compile.graph import Graph, evaluate
from snni.compile.trace import trace
from tests.snni.compile.networks import images

torch.set_num_threads(1)
SHAPE = (3, 10, 8)


def shuffled(x: torch.Tensor, groups: int = 2) -> torch.Tensor:
    count, channels, height, width = x.shape
    apart = x.view(count, groups, channels // groups, height, width)
    return apart.transpose(1, 2).contiguous().view(count, -1, height, width)


class Net(nn.Module):
    def __init__(self, rest: Callable[[Net, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.narrow, self.whole = nn.Conv2d(4, 4, 1), nn.Conv2d(8, 8, 3, padding=1)
        self.grouped = nn.Conv2d(8, 8, 3, groups=2)
        self.norm = nn.BatchNorm2d(4)
        self.head, self.small, self.flat = nn.Linear(8, 5), nn.Linear(4, 5), nn.Linear(640, 5)
        self.rest = rest

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rest(self, x)


def unit(m: Net, x: torch.Tensor) -> torch.Tensor:
    """ShuffleNetV2's: half the channels pass, half are convolved, then they are shuffled."""
    kept, worked = x.chunk(2, 1)
    return shuffled(torch.cat((kept, F.relu(m.narrow(worked))), 1))


def worst(module: nn.Module, graph: Graph) -> float:
    x = images(3, SHAPE, 1)
    with torch.no_grad():
        wanted = module(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    return float((got - wanted).abs().max() / wanted.abs().max())


@pytest.mark.parametrize(
    "rest",
    [
        lambda m, x: m.head(torch.cat([F.relu(h) for h in m.stem(x).chunk(2, 1)], 1).mean((2, 3))),
        lambda m, x: m.small(F.max_pool2d(m.stem(x), 2)[:, 2:6].mean((2, 3))),
        lambda m, x: m.small(m.norm(F.relu6(m.stem(x))[:, ::2]).mean((2, 3))),
        lambda m, x: m.head(shuffled(F.relu(m.stem(x))).mean((2, 3))),
        lambda m, x: m.head(F.relu(m.whole(shuffled(F.relu(m.stem(x))))).mean((2, 3))),
        lambda m, x: m.head(F.relu(m.grouped(shuffled(F.relu(m.stem(x))))).mean((2, 3))),
        lambda m, x: m.flat(shuffled(F.relu(m.stem(x))).flatten(1)),
        lambda m, x: m.head(unit(m, unit(m, F.relu(m.stem(x)))).mean((2, 3))),
        lambda m, x: m.small((m.stem(x)[:, :4] + m.stem(x)[:, 4:]).relu().mean((2, 3))),
        lambda m, x: m.head(m.stem(x[:, [2, 1, 0]]).relu().mean((2, 3))),
        lambda m, x: m.small(m.grouped(F.relu(m.stem(x)))[:, 1:5].relu().mean((2, 3))),
        lambda m, x: m.head(m.stem(x).mean((2, 3)))[:, [4, 0, 2]],
    ],
)
def test_choices_disappear_and_the_function_stays(rest: Callable[[Net, torch.Tensor], torch.Tensor]) -> None:
    module = Net(rest).eval()
    graph = real_graph(module, SHAPE)
    assert not {node.op for node in graph} & {"gather", "pad", "affine"}
    assert len({node.name for node in graph}) == len(graph.nodes)
    assert worst(module, graph) < 1e-5


def test_a_chunked_convolution_is_computed_once() -> None:
    """Each half becomes a convolution of its own rows: no output is computed that nobody reads, none twice."""
    module = Net(lambda m, x: m.head(torch.cat([F.relu(h) for h in m.stem(x).chunk(2, 1)], 1).mean((2, 3)))).eval()
    rows = [node.shape[0] for node in real_graph(module, SHAPE) if node.op == "conv"]
    assert sorted(rows) == [4, 4, 5]


def program(seed: int) -> Callable[[Net, torch.Tensor], torch.Tensor]:
    """Choices of choices, with repetitions, over sums and concatenations, drawn."""

    def run(m: Net, x: torch.Tensor) -> torch.Tensor:
        draws = random.Random(seed)
        values = [m.stem(x), F.relu(m.whole(m.stem(x))), x]
        for _ in range(draws.randrange(1, 5)):
            one = draws.choice(values)
            values.append(one[:, draws.choices(range(one.shape[1]), k=draws.randrange(2, 9))])
            if draws.random() < 0.5:
                values.append(torch.cat((values[-1], draws.choice(values)), 1))
            if draws.random() < 0.5:
                values.append(F.relu(values[-1] + values[-1]))
        return values[-1].mean((2, 3))

    return run


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 30))
def test_any_choice_of_channels_of_any_mixture(seed: int) -> None:
    module = Net(program(seed)).eval()
    graph = without_gathers(trace(module, SHAPE))
    assert "gather" not in {node.op for node in graph}
    assert worst(module, graph) < 1e-5
