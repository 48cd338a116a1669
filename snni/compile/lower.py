"""Where values are truncated. Marks each value, and puts a rescale where no ReLU or max-pool would do it.

An *accumulator* is a convolution's untruncated sum, or what local steps make of some. An *activation* is truncated:
about 8 bits. A max-pool's output is an activation in a ring no wider than its window (*narrow*), which only a ReLU,
another max-pool or the argmax can take up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from snni.compile.graph import Graph, Node
from snni.compile.truncations import TRUNCATIONS

ACTIVATION_BITS = 8
SUMMED_BITS = 11
GLOBAL_BITS = 15
MAX_SUMMED_ACCUMULATORS = 4


@dataclass(frozen=True)
class Lowered:
    """A graph that can be scaled, and which of its values are accumulators."""

    graph: Graph
    accumulators: frozenset[str]

    def truncates(self, node: Node) -> bool:
        """Whether the node drops low bits: its input is an accumulator and its output an activation."""
        return node.op in TRUNCATIONS and node.inputs[0] in self.accumulators


def lower(graph: Graph) -> Lowered:
    """Insert rescales so that every convolution and every join reads what it can."""
    nodes: list[Node] = []
    wide: dict[str, str] = {}
    accumulators: set[str] = set()
    narrow: set[str] = set()
    summed: dict[str, int] = {}

    def widened(name: str) -> str:
        if name not in wide:
            source = next(node for node in nodes if node.name == name)
            taken = {node.name for node in (*graph.nodes, *nodes)}
            new = next(n for n in (f"{name}.rescaled{i or ''}" for i in range(len(taken) + 1)) if n not in taken)
            nodes.append(Node(new, "rescale", (name,), source.shape))
            wide[name] = new
        return wide[name]

    for node in graph:
        marked = _unreadable(node, accumulators, narrow, summed)
        node = replace(node, inputs=tuple(widened(x) if x in marked else x for x in node.inputs))
        nodes.append(node)
        terms = math.prod(node.kernel) if node.op == "avgpool" else 1
        resets = node.op in ("input", "conv", *TRUNCATIONS)
        summed[node.name] = 1 if resets else terms * max(summed.get(x, 1) for x in node.inputs)
        if _accumulates(node, accumulators, summed[node.name]):
            accumulators.add(node.name)
        if node.op == "maxpool" or (node.op == "flatten" and node.inputs[0] in narrow):
            narrow.add(node.name)
    return Lowered(replace(graph, nodes=tuple(nodes)), frozenset(accumulators))


def _unreadable(node: Node, accumulators: set[str], narrow: set[str], summed: Mapping[str, int]) -> set[str]:
    """Inputs that need a rescale before this node."""
    inputs = set(node.inputs)
    match node.op:
        case "conv":
            return inputs & (accumulators | narrow)
        case "avgpool":
            large = math.prod(node.kernel) * summed[node.inputs[0]] > MAX_SUMMED_ACCUMULATORS
            return inputs & (accumulators | narrow if large else narrow)
        case "add":
            return inputs & narrow
        case "concat":
            mixed = not inputs <= accumulators
            return inputs & (accumulators | narrow if mixed else narrow)
    return set()


def _accumulates(node: Node, accumulators: set[str], summed: int) -> bool:
    match node.op:
        case "conv":
            return True
        case "add" | "concat" | "flatten":
            return any(x in accumulators for x in node.inputs)
        case "avgpool":
            limit = GLOBAL_BITS if node.shape[1:] == (1, 1) else SUMMED_BITS
            return node.inputs[0] in accumulators or ACTIVATION_BITS + math.log2(summed) > limit
    return False
