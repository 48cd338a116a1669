"""Every spelling of every layer gives the same function."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snni.compile.graph import evaluate
from snni.compile.trace import trace
from tests.snni.compile.networks import ResNet, SqueezeNet, images, settle
from tests.snni.compile.traced import SHAPE, Body, assert_same


@pytest.mark.parametrize(
    "rest,ops",
    [
        (lambda m, x: m.head(F.relu(x).mean((2, 3))), "conv relu avgpool conv"),
        (lambda m, x: m.head(torch.relu(x).mean(dim=[-1, -2])), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.relu6(x).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(torch.clamp(x, 0, 0.3).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(x.clamp(min=0, max=2).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(torch.mean(x.relu(), (2, 3), keepdim=True).flatten(1)), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool2d(x, 1).view(x.size(0), -1)), "conv avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool2d(x, (1, 1)).reshape(x.shape[0], -1)), "conv avgpool conv"),
        (lambda m, x: m.flat(torch.flatten(x, 1)), "conv flatten conv"),
        (lambda m, x: m.flat(torch.flatten(x, start_dim=1)), "conv flatten conv"),
        (lambda m, x: m.flat(x.view(x.size()[0], -1)), "conv flatten conv"),
        (lambda m, x: m.flat((x + F.relu(x)).flatten(1)), "conv relu add flatten conv"),
        (lambda m, x: m.flat(torch.add(x, other=x).flatten(1)), "conv add flatten conv"),
        (lambda m, x: m.flat(x.add(F.relu(x)).contiguous().flatten(1)), "conv relu add flatten conv"),
        (lambda m, x: m.flat(F.dropout(x, 0.5, False).flatten(1)).softmax(1), "conv flatten conv"),
        (lambda m, x: torch.log_softmax(m.flat(x.flatten(1)), dim=1), "conv flatten conv"),
        (lambda m, x: m.head(F.max_pool2d(x, 3, 2, 1).mean((2, 3))), "conv maxpool avgpool conv"),
        (lambda m, x: m.head(F.max_pool2d(x, kernel_size=2, ceil_mode=True).mean((2, 3))), "conv maxpool avgpool conv"),
        (lambda m, x: m.head(F.avg_pool2d(x, 2).mean((2, 3))), "conv avgpool avgpool conv"),
        (lambda m, x: m.head(torch.cat((x, x), 1)[:, :4].mean((2, 3))), "conv concat gather avgpool conv"),
        (lambda m, x: m.head(x.clamp(min=0).mean(3).mean(2)), "conv relu avgpool avgpool conv"),
        (lambda m, x: m.head(F.hardtanh(x, 0.0, 6.0).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(x.clamp(0, math.inf).mean((2, 3))), "conv relu avgpool conv"),
        (lambda m, x: m.head(nn.Hardtanh(0.0, math.inf)(x).mean((2, 3))), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)), "conv avgpool conv"),
        (lambda m, x: m.head(F.avg_pool2d(x, x.size()[2:]).view(x.shape[0], -1)), "conv avgpool conv"),
        (lambda m, x: m.head(F.adaptive_max_pool2d(x, 1).flatten(1)), "conv maxpool conv"),
        (lambda m, x: m.flat(x.view(-1, 480)), "conv flatten conv"),
        (lambda m, x: m.flat(sum([x, F.relu(x)]).flatten(1)), "conv relu add flatten conv"),
        (lambda m, x: m.head(torch.cat([F.relu(h) for h in x.chunk(2, 1)], 1).mean((2, 3))), None),
        (lambda m, x: m.head(((x - 0.5) / torch.tensor([1.0, 2, 3, 4]).view(1, 4, 1, 1)).mean((2, 3))), None),
        (lambda m, x: m.head((-x * 2 + 1).relu().mean((2, 3))), None),
        (lambda m, x: m.head(F.pad(x, (0, 1, 2, 0)).mean((2, 3))), None),
        (lambda m, x: m.head(F.relu(x).reshape(-1, 2, 2, 12, 10).transpose(1, 2).flatten(1, 2).mean((2, 3))), None),
        (lambda m, x: m.head(F.leaky_relu(x, 0.2).mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(F.prelu(x, torch.tensor([0.5, 0.25, 0.0, -1.0])).mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(F.rrelu(x).mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(x[:, :, 1:-2, 3:].mean((2, 3))), "conv conv avgpool conv"),
        (lambda m, x: m.head(x[..., ::2, 1::3].mean((2, 3))), "conv conv avgpool conv"),
        (lambda m, x: m.head(x[:, :, 5].mean(2)), "conv conv avgpool conv"),
        (lambda m, x: m.head(x.narrow(3, 2, 4)[:, :, 0, 1]), "conv conv conv"),
        (lambda m, x: m.head(torch.cat([x[:, 2:, 1:], x[:, :2, 1:]], 1).mean((2, 3))), None),
        (lambda m, x: m.head(F.max_pool1d(F.relu(x.mean(2)), 2).mean(2)), "conv avgpool relu maxpool avgpool conv"),
        (lambda m, x: m.head(F.avg_pool1d(x.mean(3), 2).flatten(2).mean(2)), "conv avgpool avgpool avgpool conv"),
        (lambda m, x: m.head(F.conv1d(x.mean(2), torch.ones(4, 2, 3), stride=2, groups=2).mean(2)), None),
        (lambda m, x: m.head((x - F.relu(x)).mean((2, 3))), "conv relu affine add avgpool conv"),
        (lambda m, x: m.head(torch.sub(x, F.relu(x), alpha=2).mean((2, 3))), "conv relu affine add avgpool conv"),
        (lambda m, x: m.head(torch.add(x, F.relu(x), alpha=0.5).mean((2, 3))), "conv relu affine add avgpool conv"),
        (lambda m, x: x.mean((2, 3)) @ m.head.weight.t() + m.head.bias, "conv avgpool conv affine"),
        (lambda m, x: torch.addmm(m.head.bias, x.mean((2, 3)), m.head.weight.t(), alpha=2), "conv avgpool conv"),
        (lambda m, x: m.head(x.abs().mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(torch.maximum(x, torch.tensor(0.0)).mean((2, 3))), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.threshold(x, 0, 0).amax((2, 3))), "conv relu maxpool conv"),
        (lambda m, x: m.head(F.relu(x).double().mean((2, 3)).float()), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool1d(x.mean(2), 1).squeeze(2)), "conv avgpool avgpool conv"),
        (lambda m, x: m.flat(F.conv2d(x, m.conv.weight[:, [0, 1, 2, 0]], padding=1).flatten(1)), None),
        (lambda m, x: m.head(F.relu(x).sum((2, 3))), "conv relu avgpool affine conv"),
        (lambda m, x: m.head(torch.sum(x, dim=-1).sum(2)), "conv avgpool affine avgpool affine conv"),
        (lambda m, x: m.head(x[:, :1].repeat(1, 4, 1, 1).mean((2, 3))), "conv gather avgpool conv"),
        (lambda m, x: m.head(x[:, 1:2].expand(-1, 4, -1, -1).mean((2, 3))), "conv gather avgpool conv"),
        (lambda m, x: m.head(x[:, :2].repeat_interleave(2, 1).mean((2, 3))), "conv gather avgpool conv"),
        (lambda m, x: m.head(x.flip(1).mean((2, 3)).roll(1, 1)), None),
        (lambda m, x: m.head(F.pad(x[:, :2, ::2, ::2], (0, 0, 0, 0, 1, 1)).mean((2, 3))), None),
        (lambda m, x: m.head(F.pad(x[:, :1], (1, 0, 0, 1, 3, 0)).relu().mean((2, 3))), None),
        (lambda m, x: m.head(F.pad(x.mean((2, 3))[:, :2], (1, 1))), None),
        (lambda m, x: m.head(F.conv1d(F.pad(x.mean(2), (1, 1)), torch.ones(4, 4, 3)).mean(2)), None),
        (lambda m, x: m.head(F.conv1d(F.pad(x.mean(3)[:, :3], (1, 0, 0, 1)), torch.ones(4, 4, 3)).mean(2)), None),
    ],
)
def test_spellings(rest: Callable[[Body, torch.Tensor], torch.Tensor], ops: str | None) -> None:
    module = Body(rest).eval()
    graph = trace(module, SHAPE)
    if ops is None:
        assert_same(module, graph)
        return
    assert [node.op for node in graph] == ["input", *ops.split()]
    got = evaluate(graph, images(3, SHAPE, 0))[graph.output]
    wanted = module(images(3, SHAPE, 0))
    assert torch.equal(got.reshape(3, -1).argmax(1), wanted.argmax(1))
    assert graph[graph.output].shape == (5, 1, 1)


@pytest.mark.parametrize(
    "layers",
    [
        (nn.Conv2d(3, 6, (3, 5), (2, 1), (1, 2), groups=3), nn.ReLU(), nn.MaxPool2d((2, 3), (1, 2), (0, 1))),
        (nn.Conv2d(3, 6, 3, padding="same"), nn.BatchNorm2d(6), nn.ReLU(), nn.AvgPool2d(3, 2, 1)),
        (nn.Conv2d(3, 6, 3, padding="valid"), nn.Sequential(nn.Identity(), nn.Dropout2d()), nn.AvgPool2d(2)),
        (nn.Conv2d(3, 6, 3, padding=1), nn.AdaptiveAvgPool2d((4, 5)), nn.MaxPool2d(3, 2, ceil_mode=True)),
        (nn.Conv2d(3, 6, 1, bias=False), nn.AdaptiveAvgPool2d((None, 5)), nn.ReLU()),
        (nn.Conv2d(3, 6, 3), nn.ReLU6(), nn.Conv2d(6, 6, 1), nn.Hardtanh(0, 0.2)),
    ],
)
def test_modules(layers: tuple[nn.Module, ...]) -> None:
    module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3), nn.BatchNorm1d(3)).eval()
    assert_same(module, trace(module, SHAPE))


def test_whole_networks() -> None:
    squeezenet, resnet = SqueezeNet().eval(), settle(ResNet(), (3, 32, 32))
    assert_same(squeezenet, trace(squeezenet, (3, 64, 64)), (3, 64, 64))
    graph = trace(resnet, (3, 32, 32))
    x = images(3, (3, 32, 32), 0)
    got = evaluate(graph, x)[graph.output].reshape(3, 4)
    assert torch.allclose(F.log_softmax(got, 1), resnet(x), atol=1e-4)


def test_a_layer_used_twice_and_unread_values() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)
            self.relu = nn.ReLU()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            unread = self.relu(x)
            x = self.relu(self.conv(self.relu(self.conv(x))))
            return (x, unread)[0].mean((2, 3))

    module = Twice().eval()
    graph = trace(module, SHAPE)
    assert [node.op for node in graph] == ["input", "conv", "relu", "conv", "relu", "avgpool"]
    assert len({node.name for node in graph}) == 6
    assert_same(module, graph)
