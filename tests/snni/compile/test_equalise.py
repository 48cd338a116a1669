"""Channels are balanced and the function stays."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from snni.compile.calibrate import measure
from snni.compile.compiler import compile_network, real_graph
from snni.compile.equalise import channel_classes, equalised, factors
from snni.compile.graph import Graph, evaluate
from tests.snni.compile.networks import ResNet, SqueezeNet, images, settle

torch.set_num_threads(1)
SHAPE = (3, 32, 32)


def skewed(module: nn.Module, seed: int) -> nn.Module:
    """Each batch norm's or first convolution's output channels 1 to 60 times as large as they were."""
    generator = torch.Generator().manual_seed(seed)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            factor = 60 ** torch.rand(layer.num_features, generator=generator)
            layer.weight.data *= factor
            layer.bias.data *= factor
    return module


def balanced(graph: Graph, batches: list[torch.Tensor]) -> Graph:
    return equalised(graph, factors(graph, measure(graph, batches)))


def spread(graph: Graph) -> float:
    """Median over layers of (largest output row / median row), by max |weight|."""
    rows = [np.abs(node.kernel_real).max(axis=(1, 2, 3)) for node in graph if node.op == "conv"][:-1]
    return float(np.median([r.max() / np.median(r) for r in rows]))


def test_function_stays_and_channels_come_closer() -> None:
    graph = real_graph(skewed(settle(ResNet(), SHAPE), 3), SHAPE)
    x = images(4, SHAPE, 0)
    after = balanced(graph, [x])
    wanted, got = (evaluate(g, x)[g.output] for g in (graph, after))
    assert torch.allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))
    assert spread(after) < spread(graph)


def test_joined_channels_share_their_class() -> None:
    resnet = real_graph(settle(ResNet(), SHAPE), SHAPE)
    classes, _ = channel_classes(resnet)
    adds = [node for node in resnet if node.op == "add"]
    assert len(adds) == 3
    for add in adds:
        for x in add.inputs:
            assert np.array_equal(classes[x], classes[add.name])
    squeezenet = real_graph(SqueezeNet(), (3, 64, 64))
    classes, count = channel_classes(squeezenet)
    for concat in (node for node in squeezenet if node.op == "concat"):
        assert np.array_equal(classes[concat.name], np.concatenate([classes[x] for x in concat.inputs]))
    assert count == 3 + sum(node.shape[0] for node in squeezenet if node.op == "conv")


def test_dead_channels_are_left_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 30)).eval()
    module[0].weight.data[1] = 0
    module[0].bias.data[1] = 0
    module[2].weight.data[:, 2] = 0
    graph = real_graph(module, SHAPE)
    after = balanced(graph, [images(2, SHAPE, 0)])
    assert all(np.isfinite(node.kernel_real).all() for node in after if node.op == "conv")
    assert np.array_equal(after.nodes[1].kernel_real[1:3], graph.nodes[1].kernel_real[1:3])


def test_a_layer_of_zeros_is_left_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 28)).eval()
    nn.init.zeros_(module[2].weight)
    nn.init.zeros_(module[2].bias)
    graph = real_graph(module, SHAPE)
    with np.errstate(all="raise"):
        after = balanced(graph, [images(2, SHAPE, 0)])
    assert all(np.isfinite(node.kernel_real).all() for node in after if node.op == "conv")


def test_flattened_and_grouped_channels_keep_the_function() -> None:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 6, 3, groups=3), nn.ReLU(), nn.Conv2d(6, 6, 3, groups=6), nn.ReLU()]
    module = nn.Sequential(*layers, nn.MaxPool2d(4), nn.Flatten(), nn.Linear(6 * 7 * 7, 4)).eval()
    module[0].weight.data *= torch.tensor([1.0, 9.0, 0.1, 3.0, 0.5, 20.0])[:, None, None, None]
    graph = real_graph(module, SHAPE)
    x = images(4, SHAPE, 0)
    after = balanced(graph, [x])
    wanted, got = (evaluate(g, x)[g.output] for g in (graph, after))
    assert torch.allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))


def test_skewed_networks_compile_nearly_as_well_as_balanced_ones() -> None:
    """Channels 60 times apart would leave about two bits to the small ones; balanced, scores stay within 5 %."""
    module = skewed(settle(ResNet(), SHAPE), 3)
    assert compile_network(module, [images(16, SHAPE, 0)]).agreement.relative_error < 0.07
