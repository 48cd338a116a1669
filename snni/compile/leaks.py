"""Leaky ReLUs into what a plan has: a x + (1 - a) ReLU(x), which is x above zero and a x below.

The formula is that of Maas, Hannun, Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models" (ICML 2013),
section 2, written as a sum. Since 1 - a > 0, (1 - a) ReLU(x) is ReLU((1 - a) x): both factors stand before anything is
rounded, and become part of the convolution before (``snni.compile.fold``), of which there are then two.
"""

from __future__ import annotations

from dataclasses import replace

from snni.compile.graph import Graph, Node, fresh


def without_leaks(graph: Graph) -> Graph:
    """The same function of the image without leaky nodes."""
    for name in [node.name for node in graph if node.op == "leaky"]:
        leaky = graph[name]
        nodes: list[Node] = []
        for node in graph:
            nodes += _parts(graph, leaky) if node is leaky else [node]
        graph = replace(graph, nodes=tuple(nodes))
    return graph


def _parts(graph: Graph, leaky: Node) -> list[Node]:
    slope = leaky.kernel_real
    if not slope.any():
        return [replace(leaky, op="relu", weight=None)]
    low, high, above = fresh(graph, leaky.name, 3)
    return [
        Node(low, "affine", leaky.inputs, leaky.shape, slope),
        Node(high, "affine", leaky.inputs, leaky.shape, 1 - slope),
        Node(above, "relu", (high,), leaky.shape),
        Node(leaky.name, "add", (low, above), leaky.shape),
    ]
