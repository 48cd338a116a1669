"""Zeros around a map become padding and the function stays; dilated kernels have zeros between their taps."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from snni.compile.compiler import real_graph
from snni.compile.graph import evaluate
from snni.errors import UnsupportedLayer
from tests.snni.compile.networks import images

torch.set_num_threads(1)
SHAPE = (2, 9, 11)


def worst(module: nn.Module) -> float:
    graph = real_graph(module.eval(), SHAPE)
    assert not {node.op for node in graph} & {"gather", "pad", "affine"}
    x = images(3, SHAPE, 4)
    with torch.no_grad():
        wanted = module(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    return float((got - wanted).abs().max() / wanted.abs().max())


@settings(max_examples=40, deadline=None)
@given(
    pads=st.tuples(*[st.integers(0, 3)] * 4),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    groups=st.sampled_from([1, 2]),
)
def test_a_padded_map_is_a_padded_convolution(pads, kernel, stride, dilation, groups) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    conv = nn.Conv2d(2, 4, kernel, stride, dilation=dilation, groups=groups)
    module = nn.Sequential(nn.ZeroPad2d(pads), conv, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    left, right, top, bottom = pads
    reach = [dilation * (k - 1) + 1 for k in kernel]
    if max(left, right) >= reach[1] + abs(left - right) or max(top, bottom) >= reach[0] + abs(top - bottom):
        with pytest.raises(UnsupportedLayer, match="wider than the kernel"):
            worst(module)
        return
    assert worst(module) < 1e-5


@pytest.mark.parametrize(("pad", "own"), [(1, 0), (2, 0), (1, 1)])
def test_zeros_that_an_average_counts(pad: int, own: int) -> None:
    """Of a window of three also two on either side, more than torch lets an average pad by itself."""
    layers = (nn.Conv2d(2, 4, 3), nn.ZeroPad2d(pad), nn.AvgPool2d(3, 2, own), nn.Flatten(), nn.LazyLinear(3))
    assert worst(nn.Sequential(*layers)) < 1e-5


def test_zeros_that_fill_an_averages_window_are_refused() -> None:
    with pytest.raises(UnsupportedLayer, match="wider than the kernel"):
        worst(nn.Sequential(nn.Conv2d(2, 4, 3), nn.ZeroPad2d(2), nn.AvgPool2d(2), nn.Flatten(), nn.LazyLinear(3)))


def test_zeros_that_a_maximum_would_see_are_refused() -> None:
    with pytest.raises(UnsupportedLayer, match="zero padding"):
        worst(nn.Sequential(nn.Conv2d(2, 4, 3), nn.ZeroPad2d(1), nn.MaxPool2d(3, 2), nn.Flatten(), nn.LazyLinear(3)))
