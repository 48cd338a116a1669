"""Zeros around a map into the padding of what reads it.

A convolution pads alike on both sides; where the zeros are not, its kernel gets rows or columns of zeros on the side
that has fewer, so that every window starts where it did.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from snni.compile.graph import Graph, Node, Pair
from snni.errors import UnsupportedLayer


def without_pads(graph: Graph) -> Graph:
    """The same function of the image without pad nodes.

    Raises:
        UnsupportedLayer: something else than convolutions or average pools reads the padded map.
    """
    for name in [node.name for node in graph if node.op == "pad"]:
        pad, users = graph[name], graph.consumers()[name]
        alike = pad.pads[0] == pad.pads[1] and pad.pads[2] == pad.pads[3]
        if name == graph.output or not all(n.op == "conv" or (n.op == "avgpool" and alike) for n in users):
            raise UnsupportedLayer(
                f"zero padding ({name}) that something else than a convolution reads", "padding in the layer itself"
            )
        moved = {node.name: _padded(node, pad) for node in users}
        graph = graph.map(lambda node, moved=moved: moved.get(node.name, node)).without(name)  # type: ignore[misc]
    return graph


def _padded(node: Node, pad: Node) -> Node:
    left, right, top, bottom = pad.pads
    low = (top + node.padding[0], left + node.padding[1])
    high = (bottom + node.padding[0], right + node.padding[1])
    padding = (max(low[0], high[0]), max(low[1], high[1]))
    if node.op == "avgpool":
        _must_reach(pad, padding, node.kernel)
        return replace(node, padding=padding)
    before = [p - one for p, one in zip(padding, low, strict=True)]
    after = [p - one for p, one in zip(padding, high, strict=True)]
    weight = np.pad(node.kernel_real, ((0, 0), (0, 0), (before[0], after[0]), (before[1], after[1])))
    kernel = (weight.shape[2], weight.shape[3])
    _must_reach(pad, padding, kernel)
    return replace(node, weight=weight, kernel=kernel, padding=padding)


def _must_reach(pad: Node, padding: Pair, kernel: Pair) -> None:
    """Refuse padding on which a whole window would lie. Raises UnsupportedLayer."""
    if any(p >= side for p, side in zip(padding, kernel, strict=True)):
        raise UnsupportedLayer(f"zero padding ({pad.name}) wider than the kernel that reads it", "less padding")
