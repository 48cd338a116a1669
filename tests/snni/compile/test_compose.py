"""Convolutions that become one: the same function, wherever it is exact, and nothing where it is not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from snni.compile.compiler import compile_network, real_graph
from snni.compile.graph import Graph, evaluate
from snni.compile.worth import always, cheaper, never
from snni.model.step_cost import total_cost
from snni.twoparty.suite import TWO_PARTY
from tests.snni.compile.following import assert_followed
from tests.snni.compile.networks import images

torch.set_num_threads(1)
SHAPE = (4, 12, 12)


def separable(channels: int, out: int, stride: int = 1) -> nn.Sequential:
    """Depthwise with a bias, then pointwise."""
    first = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels)
    return nn.Sequential(first, nn.Conv2d(channels, out, 1))


def convolutions(graph: Graph) -> int:
    return sum(node.op == "conv" for node in graph)


def assert_same(module: nn.Module, left: int) -> None:
    """The graph, always composed, has so many convolutions left, and gives what the module gives."""
    graph, x = real_graph(module.eval(), SHAPE, always), images(3, SHAPE, 0)
    with torch.no_grad():
        wanted = module(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    assert torch.allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))
    assert convolutions(graph) == left


@pytest.mark.parametrize(
    "layers",
    [
        (separable(4, 6),),
        (separable(4, 6, 2),),
        (nn.Conv2d(4, 8, 1), nn.Conv2d(8, 8, 3, 1, 0, groups=8)),
        (nn.Conv2d(4, 4, 2, 2, groups=4, bias=False), nn.Conv2d(4, 6, 3, 1, 1)),
        (nn.Conv2d(4, 6, 3, 1, 1, groups=2), nn.Conv2d(6, 8, 3, 2, 0, groups=2)),
        (nn.Conv2d(4, 6, 3), nn.Conv2d(6, 5, 3), nn.Conv2d(5, 4, 1)),
        (nn.Conv2d(4, 6, 3), nn.AvgPool2d(2), nn.Conv2d(6, 5, 1)),
        (nn.Conv2d(4, 6, 3, 2), nn.BatchNorm2d(6), nn.Conv2d(6, 5, 3)),
    ],
)
def test_linear_runs_are_one_convolution(layers: tuple[nn.Module, ...]) -> None:
    torch.manual_seed(1)
    assert_same(nn.Sequential(*layers, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()), 1)


def test_a_convolution_before_a_linear_layer_is_one_with_it() -> None:
    torch.manual_seed(1)
    assert_same(nn.Sequential(nn.Conv2d(4, 3, 3, 2, 1), nn.Flatten(), nn.Linear(108, 5)), 1)


@given(
    size=st.integers(5, 12),
    first=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 1)),
    second=st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1)),
    groups=st.sampled_from([(1, 1), (2, 4), (4, 2), (4, 1), (1, 2)]),
    bias=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_two_convolutions_are_one_or_stay_two(
    size: int, first: tuple[int, int, int], second: tuple[int, int, int], groups: tuple[int, int], bias: bool
) -> None:
    """Whatever the kernels, strides and paddings: where they become one, every value of the map is the module's."""
    shape = (4, size, size)
    firsts, seconds = ((kernel, stride, min(padding, kernel - 1)) for kernel, stride, padding in (first, second))
    between = (size + 2 * firsts[2] - firsts[0]) // firsts[1] + 1
    if between + 2 * seconds[2] < seconds[0]:
        return
    torch.manual_seed(size)
    module = nn.Sequential(
        nn.Conv2d(4, 8, *firsts, groups=groups[0], bias=bias), nn.Conv2d(8, 4, *seconds, groups=groups[1])
    )
    flat = nn.Sequential(module, nn.ReLU(), nn.Flatten()).eval()
    graph, x = real_graph(flat, shape, always), images(2, shape, 0)
    with torch.no_grad():
        wanted = flat(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    assert torch.allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))
    if not seconds[2]:
        assert convolutions(graph) == 1


def test_what_a_padded_convolution_reads_keeps_its_border() -> None:
    """Zeros around what a convolution with a bias made are not what it makes of zeros."""
    torch.manual_seed(1)
    assert_same(nn.Sequential(nn.Conv2d(4, 6, 1), nn.Conv2d(6, 5, 3, 1, 1), nn.Flatten()), 2)
    assert_same(nn.Sequential(nn.Conv2d(4, 6, 3, 1, 1, bias=False), nn.Conv2d(6, 5, 3, 1, 1), nn.Flatten()), 2)


def test_what_something_else_reads_too_stays() -> None:
    class Branched(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Conv2d(4, 4, 3, 1, 1), nn.Conv2d(4, 4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.one(x)
            return torch.flatten(torch.relu(x + self.two(x)), 1)

    torch.manual_seed(1)
    assert_same(Branched(), 2)


def test_an_average_of_a_pointwise_convolution_goes_before_it() -> None:
    """It is then of activations: nothing has to be truncated for it."""
    torch.manual_seed(1)
    module = nn.Sequential(
        nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Conv2d(6, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    ).eval()
    assert_same(module, 2)
    graph = real_graph(module, SHAPE, always)
    assert [node.op for node in graph] == ["input", "conv", "relu", "avgpool", "conv"]
    plans = [compile_network(module, list(images(8, SHAPE, 0)), worth=worth).bundle.plan for worth in (always, never)]
    assert ["rescale" in {step.op for step in plan.steps} for plan in plans] == [False, True]


def test_composed_integers_follow_the_network() -> None:
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv2d(4, 8, 3, 1, 1), nn.ReLU(), separable(8, 12, 2), nn.ReLU(), separable(12, 12), nn.ReLU(),
        nn.Flatten(), nn.Linear(432, 3),
    ).eval()  # fmt: skip
    assert_followed(network, images(8, SHAPE, 0), always)


def test_a_composition_spares_a_rescale() -> None:
    torch.manual_seed(3)
    network = nn.Sequential(separable(4, 6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)).eval()
    calibration = list(images(8, SHAPE, 0))
    one = compile_network(network, calibration, worth=always).bundle.plan
    two = compile_network(network, calibration).bundle.plan
    rescales = [sum(step.op == "rescale" for step in plan.steps) for plan in (one, two)]
    assert rescales[0] == rescales[1] - 1
    assert TWO_PARTY.flights(one) == TWO_PARTY.flights(two) - 2
    assert total_cost(one, TWO_PARTY).online_bytes < total_cost(two, TWO_PARTY).online_bytes


def test_many_products_for_few_values_stay_apart() -> None:
    """A bottleneck is there to spare products: 1024 channels through 2 by 7x7 windows would be a million a position."""
    torch.manual_seed(4)
    narrow = nn.Sequential(nn.Conv2d(1024, 2, 1), nn.Conv2d(2, 1024, 7), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
    shape = (1024, 9, 9)
    assert convolutions(real_graph(narrow.eval(), shape, cheaper)) == 2
    assert convolutions(real_graph(narrow.eval(), shape, always)) == 1
    x = torch.from_numpy(np.random.default_rng(0).random((1, *shape), np.float32))
    graph = real_graph(narrow.eval(), shape, always)
    with torch.no_grad():
        wanted = narrow(x)
    assert torch.allclose(evaluate(graph, x)[graph.output], wanted, rtol=1e-4, atol=1e-4)
