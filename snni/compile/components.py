"""Values whose scales are tied: they agree up to powers of two, and up to what averages divide by.

A convolution starts a component, unless a join ties it to another. An average over a window that is no power of two
has a scale of its own; where one component would have to have both, a convolution by channel that changes nothing
starts another one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from snni.compile.graph import Graph, Node, fresh
from snni.errors import UnsupportedLayer

EPSILON = 1e-6


@dataclass(frozen=True)
class Offset:
    """log2 scale of a value modulo 1, relative to its component's."""

    component: str
    mantissa: float


def offsets(graph: Graph) -> dict[str, Offset]:
    """Each value's component.

    Raises:
        UnsupportedLayer: averages over windows that are no power of two are joined with other values; ``apart`` parts
            them.
    """
    found = _tied(graph)
    if isinstance(found, tuple):
        raise UnsupportedLayer(
            f"averages joined with values not averaged alike ({found[0]})",
            "pooling windows of a power of two values, or a convolution in the averaged branch",
        )
    return found


def apart(graph: Graph) -> Graph:
    """The same function of the image, whose values all have a component."""
    while isinstance(found := _tied(graph), tuple):
        graph = _parted(graph, *found)
    return graph


def _tied(graph: Graph) -> dict[str, Offset] | tuple[str, str]:
    """Each value's component, or the first node and its input that cannot be in one."""
    parent = {node.name: (node.name, 0.0) for node in graph}

    def find(name: str) -> tuple[str, float]:
        above, delta = parent[name]
        if above == name:
            return name, 0.0
        root, rest = find(above)
        parent[name] = (root, delta + rest)
        return parent[name]

    for node in graph:
        for x in () if node.op in ("conv", "input") else node.inputs:
            (root, delta), (other, rest) = find(x), find(node.name)
            step = -math.log2(math.prod(node.kernel)) if node.op == "avgpool" else 0.0
            difference = delta + step - rest
            if root != other:
                parent[other] = (root, difference)
            elif abs(difference - round(difference)) > EPSILON:
                return node.name, x
    return {node.name: Offset(*find(node.name)) for node in graph}


def _parted(graph: Graph, name: str, x: str) -> Graph:
    """A convolution that changes nothing between ``x`` and the node ``name``."""
    shape, (own,) = graph[x].shape, fresh(graph, name, 1)
    copy = Node(own, "conv", (x,), shape, np.ones((shape[0], 1, 1, 1)), groups=shape[0])
    nodes: list[Node] = []
    for node in graph:
        if node.name == name:
            nodes += [copy, replace(node, inputs=tuple(own if one == x else one for one in node.inputs))]
        else:
            nodes.append(node)
    return replace(graph, nodes=tuple(nodes))
