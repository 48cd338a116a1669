"""The compiler's own picture of a network: a list of nodes in order, real weights, one value a node.

Every value is [C, H, W]; a vector is [F, 1, 1]. Passes are pure functions from graph to graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.model.windowed import pooled_size

Op = (
    Literal["input", "conv", "affine", "relu", "clip", "rescale", "maxpool", "avgpool", "add", "concat", "flatten"]
    | Literal["gather", "pad", "leaky"]
)
Real = NDArray[np.float64]
Sizes = tuple[int, int, int]
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Node:
    """One operation and the value it makes, both called ``name``.

    ``weight`` is [M, C / groups, kh, kw] of a conv or [C] of an affine (batch norm's factor), ``bias`` [M] or [C].
    A ``rescale`` is the identity on real numbers. A ``clip`` is min(max(x, 0), limit), ``limit`` [C] above zero.
    A ``gather`` is these ``channels`` of its input, a ``pad`` zeros around it, ``pads`` (left, right, top, bottom).
    A ``leaky`` is x above zero and weight * x below, ``weight`` [C] below 1.
    None of these three, nor an affine, is left where numbers are rounded. ``shape`` is the value's.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    shape: Sizes
    weight: Real | None = None
    bias: Real | None = None
    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    groups: int = 1
    ceil_mode: bool = False
    limit: Real | None = None
    channels: tuple[int, ...] = ()
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def limits_real(self) -> Real:
        """A clip's limits. Raises ParameterError on any other node."""
        if self.limit is None:
            raise ParameterError(f"{self.name} ({self.op}) has no limit")
        return self.limit

    @property
    def kernel_real(self) -> Real:
        """A conv's or affine's weight. Raises ParameterError on any other node."""
        if self.weight is None:
            raise ParameterError(f"{self.name} ({self.op}) has no weight")
        return self.weight

    @property
    def bias_real(self) -> Real:
        """The bias, zeros where there is none."""
        return np.zeros(self.kernel_real.shape[0]) if self.bias is None else self.bias


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each reads only earlier ones; the first is the input.

    closing: the softmax that the module ends in, left out here ("softmax", "log_softmax" or nothing).
    """

    nodes: tuple[Node, ...]
    output: str
    closing: str = ""

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __getitem__(self, name: str) -> Node:
        for node in self.nodes:
            if node.name == name:
                return node
        raise ParameterError(f"no node {name}")

    def consumers(self) -> dict[str, list[Node]]:
        """Who reads each value."""
        readers: dict[str, list[Node]] = {node.name: [] for node in self.nodes}
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                readers[name].append(node)
        return readers

    def map(self, change: Callable[[Node], Node]) -> Graph:
        """Each node changed in place."""
        return replace(self, nodes=tuple(change(node) for node in self.nodes))

    def without(self, name: str) -> Graph:
        """The one-input node ``name`` removed; its readers read its input."""
        target = self[name].inputs[0]
        kept = [
            replace(node, inputs=tuple(target if x == name else x for x in node.inputs))
            for node in self.nodes
            if node.name != name
        ]
        return replace(self, nodes=tuple(kept), output=target if self.output == name else self.output)


def fresh(graph: Graph, name: str, count: int) -> list[str]:
    """Names that no node has, from one that a node has."""
    taken, stem = {node.name for node in graph}, name.rpartition("..")[0] or name
    free = (f"{stem}..{i}" for i in range(len(taken) + count))
    return [one for one in free if one not in taken][:count]


def windowed_shape(shape: Sizes, channels: int, kernel: Pair, stride: Pair, padding: Pair, ceil: bool = False) -> Sizes:
    """[channels, OH, OW] of a window over ``shape``. Raises ValueError where it does not fit."""
    height = pooled_size(shape[1], kernel[0], stride[0], padding[0], ceil)
    width = pooled_size(shape[2], kernel[1], stride[1], padding[1], ceil)
    return channels, height, width


def evaluate(graph: Graph, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Every value in float32 for x [N, C, H, W]."""
    values: dict[str, torch.Tensor] = {}
    with torch.no_grad():
        for node in graph:
            values[node.name] = x.float() if node.op == "input" else _apply(node, [values[i] for i in node.inputs])
    return values


def _float(array: Real) -> torch.Tensor:
    return torch.from_numpy(array).float()


def _apply(node: Node, xs: list[torch.Tensor]) -> torch.Tensor:
    x = xs[0]
    match node.op:
        case "conv":
            weight, bias = _float(node.kernel_real), _float(node.bias_real)
            return F.conv2d(x, weight, bias, node.stride, node.padding, groups=node.groups)
        case "affine":
            return x * _float(node.kernel_real)[:, None, None] + _float(node.bias_real)[:, None, None]
        case "relu":
            return torch.relu(x)
        case "leaky":
            return F.prelu(x, _float(node.kernel_real))
        case "clip":
            return torch.minimum(torch.relu(x), _float(node.limits_real)[:, None, None])
        case "maxpool":
            return F.max_pool2d(x, node.kernel, node.stride, node.padding, ceil_mode=node.ceil_mode)
        case "avgpool":
            down, across = node.padding  # torch's own padding is at most half of the window
            return F.avg_pool2d(F.pad(x, (across, across, down, down)), node.kernel, node.stride)
        case "add":
            return torch.stack(xs).sum(0)
        case "concat":
            return torch.cat(xs, 1)
        case "gather":
            return x[:, list(node.channels)]
        case "pad":
            return F.pad(x, node.pads)
        case "flatten":
            return x.reshape(x.shape[0], -1, 1, 1)
        case "rescale" | "input":
            return x
