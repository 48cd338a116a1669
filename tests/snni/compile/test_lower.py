"""Rescales appear exactly where no ReLU or max-pool truncates."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snni.compile.compiler import real_graph
from snni.compile.lower import lower

torch.set_num_threads(1)


class Layers(nn.Module):
    """Two 3-channel convolutions of unchanged size for ``rest`` to use."""

    def __init__(self, rest: Callable[[Layers, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.rest = rest

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.adaptive_avg_pool2d(torch.relu(self.rest(self, x)), 1)


@pytest.mark.parametrize(
    "rest,ops",
    [
        (lambda m, x: m.b(torch.relu(m.a(x))), "conv relu conv relu avgpool"),
        (lambda m, x: m.b(m.a(x)), "conv rescale conv relu avgpool"),
        (lambda m, x: m.b(torch.relu(m.a(x))) + x, "conv relu conv add relu avgpool"),
        (lambda m, x: m.a(x) + m.b(x), "conv conv add relu avgpool"),
        (lambda m, x: m.b(m.a(x) + x), "conv add rescale conv relu avgpool"),
        (lambda m, x: m.b(F.max_pool2d(m.a(x), 2)), "conv maxpool rescale conv relu avgpool"),
        (lambda m, x: m.b(F.max_pool2d(torch.relu(m.a(x)), 2)), "conv maxpool relu conv relu avgpool"),
        (lambda m, x: m.b(F.avg_pool2d(torch.relu(m.a(x)), 2)), "conv relu avgpool conv relu avgpool"),
        (lambda m, x: m.b(F.avg_pool2d(torch.relu(m.a(x)), 4)), "conv relu avgpool rescale conv relu avgpool"),
        (lambda m, x: F.avg_pool2d(m.a(x), 4), "conv rescale avgpool relu avgpool"),
        (lambda m, x: torch.cat([m.a(x), m.b(x)], 1), "conv conv concat relu avgpool"),
        (lambda m, x: torch.cat([m.a(x), x], 1), "conv rescale concat relu avgpool"),
        (lambda m, x: torch.cat([F.max_pool2d(x, 3, 1, 1), x], 1), "maxpool rescale concat relu avgpool"),
        (lambda m, x: torch.cat([m.b(y := m.a(x)), m.b(y)], 1), "conv rescale conv conv concat relu avgpool"),
    ],
)
def test_rescales(rest: Callable[[Layers, torch.Tensor], torch.Tensor], ops: str) -> None:
    lowered = lower(real_graph(Layers(rest), (3, 8, 8)))
    assert [node.op for node in lowered.graph] == ["input", *ops.split()]


def test_truncating_nodes_read_accumulators() -> None:
    lowered = lower(real_graph(Layers(lambda m, x: m.b(F.max_pool2d(torch.relu(m.a(x)), 2))), (3, 8, 8)))
    truncating = [node.op for node in lowered.graph if lowered.truncates(node)]
    assert truncating == ["maxpool", "relu"]
    convs = {node.inputs[0] for node in lowered.graph if node.op == "conv"}
    assert not convs & lowered.accumulators
