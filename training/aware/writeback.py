"""Trained integers back into the float network they came from: its own layers, its own names.

The result computes in real numbers what the integers compute but for the rounding of activations, so that a secure
result can be laid beside it, and so that training can go on from it. A batch norm that was folded into a convolution
becomes one that only adds the bias.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
import torch.fx
from torch import Tensor, nn

from snni.compile.compiler import Quantised
from snni.compile.graph import Node
from training.aware.network import AwareNetwork
from training.errors import OptionError

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def written_back(aware: AwareNetwork, quantised: Quantised, module: nn.Module) -> nn.Module:
    """A copy of `module`, which `quantised` was made of, with the trained weights.

    Raises:
        OptionError: a convolution's bias has no place in the module.
    """
    made = copy.deepcopy(module).eval()
    convs = [node for node in quantised.lowered.graph if node.op == "conv"]
    places = list(_layers(made))
    for norm in (layer for layer in made.modules() if isinstance(layer, _NORMS)):
        _silence(norm)
    for node, (name, layer, norm) in zip(convs, places, strict=True):
        weight, bias = (part.float() for part in _unequalised(aware, quantised, node))
        with torch.no_grad():
            layer.weight.copy_(weight.reshape(layer.weight.shape))
            holder = norm if norm is not None and norm.affine else layer
            if holder.bias is None:
                raise OptionError(f"{name} has no bias, nor a batch norm after it, to take what was trained")
            if layer.bias is not None:
                layer.bias.zero_()
            holder.bias.copy_(bias)
    return made


def _layers(module: nn.Module) -> Iterator[tuple[str, nn.Module, nn.Module | None]]:
    """Convolutions and linear layers in the order of computation, each with the batch norm that alone reads it."""
    traced = torch.fx.symbolic_trace(module)
    for step in traced.graph.nodes:
        layer = module.get_submodule(str(step.target)) if step.op == "call_module" else None
        if isinstance(layer, nn.Conv2d | nn.Linear):
            readers = [module.get_submodule(str(r.target)) for r in step.users if r.op == "call_module"]
            alone = len(step.users) == 1 and len(readers) == 1 and isinstance(readers[0], _NORMS)
            yield str(step.target), layer, readers[0] if alone else None


def _silence(norm: nn.Module) -> None:
    """Make it the identity."""
    with torch.no_grad():
        norm.running_mean.zero_()
        norm.running_var.fill_(1.0)
        norm.running_var.sub_(norm.eps)
        if norm.affine:
            norm.weight.fill_(1.0)
            norm.bias.zero_()


def _unequalised(aware: AwareNetwork, quantised: Quantised, node: Node) -> tuple[Tensor, Tensor]:
    """Weight and bias in the units of the network before its channels were balanced."""
    weight, bias = aware.real_parameters(node.name)
    out = torch.from_numpy(quantised.factors[node.name])
    read = quantised.factors[_original(node.inputs[0], quantised)].reshape(node.groups, -1)
    into = torch.from_numpy(read.repeat(node.shape[0] // node.groups, axis=0))
    return weight * out[:, None, None, None] / into[:, :, None, None], bias * out


def _original(name: str, quantised: Quantised) -> str:
    """A rescale stands for the value that it reads: it came after the balancing."""
    while name not in quantised.factors:
        name = quantised.lowered.graph[name].inputs[0]
    return name
