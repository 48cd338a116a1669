"""A network read as a graph and compiled: the same function, and integers that err no more than roundings do."""

from __future__ import annotations

import torch
from torch import nn

from snni.compile.compiler import compile_network, real_graph
from snni.compile.compose import Judge
from snni.compile.graph import evaluate
from snni.compile.worth import never


def assert_followed(network: nn.Module, x: torch.Tensor, worth: Judge = never) -> None:
    """x: float [N, C, H, W]. worth: which convolutions become one.

    Three times the deviation that roundings explain, over all scores of all images.
    """
    graph = real_graph(network, tuple(x.shape[1:]), worth)
    with torch.no_grad():
        wanted = network(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    assert torch.allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))
    compiled = compile_network(network, list(x), worth=worth)
    spread = float((wanted - wanted.mean(1, keepdim=True)).pow(2).mean().sqrt())
    assert compiled.agreement.relative_error * spread < 3 * float((compiled.expected**2).mean() ** 0.5)
