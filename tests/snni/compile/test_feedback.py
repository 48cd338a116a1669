"""Weights rounded with feedback: integers of the same grid, nearer to the network than the nearest ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from snni.compile import feedback
from snni.compile.calibrate import read_images
from snni.compile.compiler import Quantised, compile_network, quantise
from snni.compile.feedback import fed_back
from snni.compile.graph import Graph, evaluate
from snni.model.steps import WEIGHT_LIMIT
from tests.snni.compile.networks import images

torch.set_num_threads(1)
SHAPE = (3, 16, 16)


def smooth(count: int, seed: int) -> torch.Tensor:
    """Images whose neighbours are alike, as pictures' are: float [count, 3, 16, 16] in [0, 1]."""
    coarse = images(count, (3, 4, 4), seed)
    return nn.functional.interpolate(coarse, size=(16, 16), mode="bilinear").clamp(0, 1)


def network(groups: int = 1) -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 24, 5, 1, 2, groups=groups), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 4),
    ).eval()  # fmt: skip


def made(module: nn.Module) -> tuple[Quantised, list[torch.Tensor]]:
    batches = read_images(list(smooth(12, 0)))
    return quantise(module, batches), batches


def on_grid(quantised: Quantised) -> Graph:
    """Every weight rounded to the nearest."""
    scale = quantised.scales.scale
    steps = {n.name: scale[n.name] / scale[n.inputs[0]] for n in quantised.lowered.graph if n.op == "conv"}
    return quantised.lowered.graph.map(
        lambda n: replace(n, weight=np.rint(n.kernel_real / steps[n.name]) * steps[n.name]) if n.name in steps else n
    )


def error(graph: Graph, module: nn.Module) -> float:
    """Of the scores, on images that it was not fitted to, each score's mean error left out as a bias would."""
    x = smooth(32, 1)
    with torch.no_grad():
        lost = evaluate(graph, x)[graph.output].reshape(32, -1) - module(x)
    return float((lost - lost.mean(0)).pow(2).mean().sqrt())


def test_weights_are_integers_within_their_bounds() -> None:
    for groups in (1, 4):
        quantised, batches = made(network(groups))
        graph = fed_back(quantised.lowered, quantised.scales, batches).graph
        for node in (node for node in graph if node.op == "conv"):
            units = node.kernel_real / (quantised.scales.scale[node.name] / quantised.scales.scale[node.inputs[0]])
            assert np.allclose(units, np.rint(units), atol=1e-6)
            assert np.abs(units).max() < WEIGHT_LIMIT + 0.5


def test_scores_are_nearer_than_with_the_nearest_integers() -> None:
    module = network()
    quantised, batches = made(module)
    assert error(fed_back(quantised.lowered, quantised.scales, batches).graph, module) < error(
        on_grid(quantised), module
    )


def test_how_much_is_held_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    quantised, batches = made(network())
    whole = fed_back(quantised.lowered, quantised.scales, batches).graph
    monkeypatch.setattr(feedback, "HELD", 1)
    one_by_one = fed_back(quantised.lowered, quantised.scales, batches).graph
    convs = [node for node in whole if node.op == "conv"]
    assert len(convs) == 3
    assert all(np.array_equal(node.kernel_real, one_by_one[node.name].kernel_real) for node in convs)


def test_an_input_that_never_is_there_leaves_weights_nearest() -> None:
    """H of zeros: nothing to make good, and nothing to divide by."""
    rows = torch.tensor([[1.4, -2.6, 0.2]], dtype=torch.float64)
    found = feedback._round(rows, torch.zeros(3, 3, dtype=torch.float64))
    assert torch.equal(found, rows.round())


def test_like_inputs_share_their_error() -> None:
    """Two inputs that are always the same: 0.4 + 0.4 is 1, not 0."""
    square = torch.ones(2, 2, dtype=torch.float64)
    found = feedback._round(torch.tensor([[0.4, 0.4]], dtype=torch.float64), square)
    assert float(found.sum()) == 1.0


def test_a_bundle_of_it_agrees_with_the_network() -> None:
    module = network()
    near = compile_network(module, list(smooth(12, 0)))
    fed = compile_network(module, list(smooth(12, 0)), feedback=True)
    assert fed.bundle.plan.steps == near.bundle.plan.steps
    assert fed.agreement.relative_error < 2 * near.agreement.relative_error
