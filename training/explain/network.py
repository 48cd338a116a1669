"""The network to explain as a graph, so that what its layers give can be read and differentiated, whatever they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from training.evaluation.errors import NetworkError

LEAST_PLACES = 4
"""Height and width that a layer's output needs to say where."""


def exported(module: nn.Module, shape: tuple[int, ...]) -> fx.GraphModule:
    """A module of inputs [1, C, H, W] as a graph. Raises NetworkError where it cannot be exported."""
    try:
        graph = torch.export.export(module.eval(), (torch.zeros(1, *shape),)).module()
    except Exception as error:  # torch.export raises whatever the module's own code does, and its own kinds
        raise NetworkError(f"the network cannot be exported: {str(error).strip().splitlines()[0]}") from error
    return as_graph(graph)


def as_graph(module: Any) -> fx.GraphModule:
    """The same, checked. Raises NetworkError."""
    if not isinstance(module, fx.GraphModule):
        raise NetworkError("the network is no graph")
    return module


def leaning(scores: Tensor) -> Tensor:
    """How far scores [..., L] lean to higher levels: the sum of (level - (L - 1) / 2) score.

    This is what is explained. Unlike a probability it does not saturate: a face that is surely severe still says why.
    """
    order = torch.arange(scores.shape[-1], dtype=scores.dtype)
    return (scores * (order - order.mean())).sum(-1)


@dataclass(frozen=True)
class Activations:
    """scores: [L]. features: [C, H, W], the last output of a layer that still says where. slope: of the leaning."""

    scores: Tensor
    features: Tensor
    slope: Tensor


class _Recorder(fx.Interpreter):
    """Runs a graph and keeps each output [1, C, H, W] that has places and more channels than there are levels."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__(graph)
        self.maps: list[Tensor] = []

    def run_node(self, n: fx.Node) -> Any:
        found = super().run_node(n)
        if isinstance(found, Tensor) and found.ndim == 4 and min(found.shape[2:]) >= LEAST_PLACES:
            self.maps.append(found)
        return found


def read(graph: fx.GraphModule, pixels: Tensor) -> Activations:
    """Run once on pixels, float [C, H, W] in [0, 1], forward and back.

    Raises:
        NetworkError: no layer's output has places.
    """
    recorder = _Recorder(graph)
    with torch.enable_grad():
        found = recorder.run(pixels[None].clone().requires_grad_(True))
        scores = (found[0] if isinstance(found, tuple | list) else found).reshape(-1)
        wide = [one for one in recorder.maps[1:] if one.shape[1] > len(scores) and one.requires_grad]
        if not wide:
            raise NetworkError("no layer of the network says where in the picture; there is nothing to map")
        (slope,) = torch.autograd.grad(leaning(scores), wide[-1])
    return Activations(scores.detach(), wide[-1].detach()[0], slope[0])
