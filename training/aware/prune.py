"""Leaving out ReLUs: each costs bytes and turns online, and not each is needed.

A layer's worth is how much the float network's cross entropy on validation crops rises when the layer is the identity
(whole layers of ReLUs left out, as DeepReDuce does: Jha et al., arXiv 2103.01396). Those that cost least for a byte
saved go first, until enough bytes are saved. Where a ReLU did a truncation, the compiler puts one without a comparison
(snni.compile.lower). What is left should then be trained: `aware` does.

ReLUs that a concatenation joins are one layer: the compiler moves them behind a max-pool only together.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.fx
import torch.nn.functional as F
from torch import nn

from snni.compile.compiler import quantise
from snni.model.plan import Plan
from snni.model.step_cost import total_cost
from snni.twoparty.suite import TWO_PARTY
from training.data.batch import Shape, batches
from training.data.pictures import Pictures
from training.errors import OptionError
from training.tuning.agreement import measured

_FUNCTIONS = (F.relu, F.relu_, torch.relu, torch.relu_)
_JOINS = (torch.cat, torch.concat)
PRICED_ON = 2
"""Calibration images that a layer's saving is priced on; the budget is kept with all of them."""
Layer = tuple[str, ...]
"""Names, as torch.fx gives them, of ReLUs that go together."""


@dataclass(frozen=True)
class Scored:
    """loss: how much cross entropy rises without the layer. accuracy: how much accuracy falls. saved_bytes: online."""

    layer: Layer
    loss: float
    accuracy: float
    saved_bytes: int


def layers(module: nn.Module) -> list[Layer]:
    """All ReLUs of the network, in order."""
    traced = torch.fx.symbolic_trace(module)
    joined: dict[torch.fx.Node, int] = {}
    for number, step in enumerate(traced.graph.nodes):
        if step.op == "call_function" and step.target in _JOINS:
            joined |= {node: number for node in step.all_input_nodes}
    groups: dict[object, list[str]] = {}
    for step in traced.graph.nodes:
        if _is_relu(step, traced):
            groups.setdefault(joined.get(step, step.name), []).append(step.name)
    return [tuple(names) for names in groups.values()]


def without(module: nn.Module, names: Sequence[str]) -> nn.Module:
    """A copy of the network in which these ReLUs are the identity; its weights keep their names.

    Raises:
        OptionError: there is no such ReLU.
    """
    traced = torch.fx.symbolic_trace(copy.deepcopy(module))
    found = {step.name: step for step in traced.graph.nodes if _is_relu(step, traced)}
    for name in names:
        if name not in found:
            raise OptionError(f"the network has no ReLU {name}; it has {', '.join(found)}")
        step = found[name]
        step.replace_all_uses_with(step.all_input_nodes[0])
        traced.graph.erase_node(step)
    traced.recompile()
    return traced.train(module.training)


def _is_relu(step: torch.fx.Node, traced: torch.fx.GraphModule) -> bool:
    if step.op == "call_module":
        return isinstance(traced.get_submodule(str(step.target)), nn.ReLU)
    return step.target in _FUNCTIONS or (step.op == "call_method" and step.target in ("relu", "relu_"))


def plan_of(module: nn.Module, images: Sequence[torch.Tensor]) -> Plan:
    """As compiled with these calibration images [N, C, H, W]. Raises SnniError."""
    return quantise(module, images).emit("priced")[0]


def cross_entropy(module: nn.Module, pictures: Pictures, shape: Shape) -> float:
    """Mean over the crops, in evaluation mode."""
    module.eval()
    total = 0.0
    with torch.inference_mode():
        for batch in batches(pictures, 16, shape):
            total += float(F.cross_entropy(module(batch.x).float(), torch.from_numpy(batch.levels), reduction="sum"))
    return total / len(pictures.levels)


def scored(
    module: nn.Module, pictures: Pictures, shape: Shape, images: Sequence[torch.Tensor], report: Callable[[str], None]
) -> list[Scored]:
    """Every layer by itself. images: for calibration. report: is told each layer's first name. Raises SnniError."""
    few = [image[:1] for image in images[:PRICED_ON]]
    loss, whole = cross_entropy(module, pictures, shape), measured(module, pictures, shape)
    sent = total_cost(plan_of(module, few), TWO_PARTY).online_bytes
    found = []
    for layer in layers(module):
        report(layer[0])
        candidate = without(module, layer)
        saved = sent - total_cost(plan_of(candidate, few), TWO_PARTY).online_bytes
        rise = cross_entropy(candidate, pictures, shape) - loss
        found.append(Scored(layer, rise, whole.accuracy - measured(candidate, pictures, shape).accuracy, saved))
    return found


def cheapest(found: Sequence[Scored]) -> Iterator[Scored]:
    """Those that save anything, the least loss for a byte first; a layer without which loss falls comes before all."""
    useful = [one for one in found if one.saved_bytes > 0]
    return iter(sorted(useful, key=lambda one: (max(one.loss, 0.0) / one.saved_bytes, -one.saved_bytes)))


def pruned(
    module: nn.Module, found: Sequence[Scored], part: float, images: Sequence[torch.Tensor]
) -> tuple[nn.Module, list[Scored]]:
    """The network without the cheapest layers, that sends at most 1 - part of its online bytes; and which they are.

    Raises:
        OptionError: part is not in 0..1, or all ReLUs together do not save so much.
    """
    if not 0 < part < 1:
        raise OptionError(f"--prune {part:g}: the part of the online bytes to save, between 0 and 1")
    allowed = (1 - part) * total_cost(plan_of(module, images), TWO_PARTY).online_bytes
    left_out: list[Scored] = []
    for one in cheapest(found):
        left_out.append(one)
        made = without(module, [name for layer in left_out for name in layer.layer])
        if total_cost(plan_of(made, images), TWO_PARTY).online_bytes <= allowed:
            return made, left_out
    raise OptionError(f"--prune {part:g}: not even leaving out every ReLU saves so much of the online bytes")
