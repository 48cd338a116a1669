"""Convolutions with nothing nonlinear between them: one of them, where that is cheaper.

A convolution cannot read another's sums before a rescale has truncated them: two flights, and a few bytes a value,
while a frame waits. Composed in real numbers, before anything is rounded, two are one with a larger kernel: the same
function of the image for more multiplications. An average or a flattening between them is linear too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from snni.compile.graph import Graph, Node, Pair, Real, Sizes
from snni.model.steps import MAX_FAN_IN
from snni.model.windowed import MAX_WINDOW_ELEMENTS


@dataclass(frozen=True)
class Composition:
    """nodes: a convolution, averages and flattenings, a convolution, each alone in reading the one before. conv: all of
    them in one, under the last one's name. source: the shape of what the first reads."""

    nodes: tuple[Node, ...]
    conv: Node
    source: Sizes

    @property
    def spared(self) -> int:
        """Values that need no rescale."""
        return math.prod(self.nodes[-2].shape)

    @property
    def more_macs(self) -> int:
        """Multiplications of the one above those of the two; below 0 where it has fewer."""
        first, last = (_macs(node) for node in (self.nodes[0], self.nodes[-1]))
        return _macs(self.conv) - first - last


Judge = Callable[[Composition], bool]
"""Whether it is worth it."""


def composed(graph: Graph, worth: Judge) -> Graph:
    """The same function of the image, with what is worth it composed, from the image on."""
    refused: set[str] = set()
    while (found := _next(graph, refused)) is not None:
        if not worth(found):
            refused.add(found.nodes[0].name)
            continue
        gone = {node.name for node in found.nodes[:-1]}
        kept = (found.conv if node.name == found.conv.name else node for node in graph if node.name not in gone)
        graph = replace(graph, nodes=tuple(kept))
    return graph


def _next(graph: Graph, refused: set[str]) -> Composition | None:
    """The first that is possible and not refused."""
    readers = graph.consumers()
    for node in graph:
        if node.op == "conv" and node.name not in refused:
            nodes = _run(graph, node, readers)
            found = _together(graph, nodes) if nodes else None
            if found is not None:
                return found
    return None


def _run(graph: Graph, first: Node, readers: dict[str, list[Node]]) -> tuple[Node, ...]:
    """From a convolution to the next one through linear steps of one reader each; empty where there is none."""
    nodes = [first]
    while nodes[-1].name != graph.output and len(readers[nodes[-1].name]) == 1:
        (reader,) = readers[nodes[-1].name]
        nodes.append(reader)
        if reader.op == "conv":
            return tuple(nodes)
        if reader.op not in ("avgpool", "flatten"):
            return ()
    return ()


def _together(graph: Graph, nodes: tuple[Node, ...]) -> Composition | None:
    """None: their one convolution would give other values at the border, or is too large for a plan."""
    made = nodes[0]
    for before, node in pairwise(nodes):
        if node.op == "flatten":
            continue
        source = graph[made.inputs[0]].shape
        following = _after_flatten(node, graph[before.inputs[0]].shape) if before.op == "flatten" else _as_conv(node)
        if not _exact(made, following, source[1:]) or not _fits(made, following, source[0]):
            return None
        made = _one(made, following)
    return Composition(nodes, replace(made, name=nodes[-1].name), graph[made.inputs[0]].shape)


def _as_conv(node: Node) -> Node:
    """An average as a convolution by channel."""
    if node.op == "conv":
        return node
    weight = np.full((node.shape[0], 1, *node.kernel), 1 / math.prod(node.kernel))
    return replace(node, op="conv", weight=weight, groups=node.shape[0])


def _after_flatten(conv: Node, shape: Sizes) -> Node:
    """A convolution of a flattened map, on the map itself."""
    channels = shape[0] // conv.groups if conv.groups <= shape[0] and shape[0] % conv.groups == 0 else 0
    if not channels:
        return conv
    weight = conv.kernel_real.reshape(conv.shape[0], channels, *shape[1:])
    return replace(conv, weight=weight, kernel=shape[1:])


def _exact(first: Node, second: Node, size: Pair) -> bool:
    """Whether zeros around the second's input are what the first makes outside of its own. size: of the first's map."""
    if second.kernel_real.shape[1] * second.groups != first.shape[0]:
        return False
    if second.padding == (0, 0):
        return True
    return not first.bias_real.any() and all(
        not more or (kernel <= stride + padding and made * stride - padding >= side)
        for more, kernel, stride, padding, made, side in zip(
            second.padding, first.kernel, first.stride, first.padding, first.shape[1:], size, strict=True
        )
    )


def _kernel(first: Node, second: Node) -> Pair:
    high, wide = ((b - 1) * s + a for a, s, b in zip(first.kernel, first.stride, second.kernel, strict=True))
    return high, wide


def _fits(first: Node, second: Node, channels: int) -> bool:
    """Whether a plan may hold it."""
    window = math.prod(_kernel(first, second))
    fan_in = channels // math.gcd(first.groups, second.groups) * window
    return window <= MAX_WINDOW_ELEMENTS and fan_in <= MAX_FAN_IN


def _one(first: Node, second: Node) -> Node:
    """second(first(x))."""
    groups = math.gcd(first.groups, second.groups)
    inner, outer = _grouped(first, groups), _grouped(second, groups)
    kernel, (high, wide) = _kernel(first, second), first.stride
    weight = np.zeros((groups, outer.shape[1], inner.shape[2], *kernel))
    for row in range(second.kernel[0]):
        for column in range(second.kernel[1]):
            at = weight[..., row * high :, column * wide :][..., : first.kernel[0], : first.kernel[1]]
            at += np.einsum("gmh,ghcij->gmcij", outer[..., row, column], inner, optimize=True)
    summed = outer.sum(axis=(3, 4))
    offset = np.einsum("gmh,gh->gm", summed, first.bias_real.reshape(groups, -1)).reshape(-1)
    stride = (first.stride[0] * second.stride[0], first.stride[1] * second.stride[1])
    padding = tuple(p + more * s for p, more, s in zip(first.padding, second.padding, first.stride, strict=True))
    return replace(
        second,
        inputs=first.inputs,
        weight=weight.reshape(-1, *weight.shape[2:]),
        bias=second.bias_real + offset,
        kernel=kernel,
        stride=stride,
        padding=(padding[0], padding[1]),
        groups=groups,
    )


def _grouped(conv: Node, groups: int) -> Real:
    """[groups, M / groups, C / groups, kh, kw] of one with a multiple of as many groups, zeros between its own."""
    each = conv.groups // groups
    own = conv.kernel_real.reshape(groups, each, -1, *conv.kernel_real.shape[1:])
    rows, columns = own.shape[2:4]
    weight = np.zeros((groups, each * rows, each * columns, *own.shape[4:]))
    for index in range(each):
        weight[:, index * rows : (index + 1) * rows, index * columns : (index + 1) * columns] = own[:, index]
    return weight


def _macs(conv: Node) -> int:
    return math.prod(conv.kernel_real.shape[1:]) * math.prod(conv.shape)
