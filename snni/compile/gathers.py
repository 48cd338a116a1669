"""Chosen channels (chunks, shuffles, slices) into the convolutions around them: a plan has no step for them.

Convolutions that read chosen channels read them where they are, their weights moved. Elsewhere the choice goes up:
before ReLUs, pools and sums, into the parts of a concatenation, and becomes a choice of a convolution's outputs, so
that nothing is computed that nobody reads. Where it can go neither way, a 1x1 convolution of ones and zeros
copies them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np

from snni.compile.graph import Graph, Node, fresh

MAX_PARTS = 64
"""Of a concatenation that stands for a choice; a shuffle of more is copied."""
_BY_CHANNEL = ("relu", "clip", "affine", "maxpool", "avgpool", "pad")


def without_gathers(graph: Graph) -> Graph:
    """The same function of the image without gather nodes."""
    while (gather := next((node for node in graph if node.op == "gather"), None)) is not None:
        graph = _settled(graph, gather)
    return graph


def _settled(graph: Graph, gather: Node) -> Graph:
    source, readers = graph[gather.inputs[0]], graph.consumers()
    if gather.channels == tuple(range(source.shape[0])):
        return graph.without(gather.name)
    if source.op == "gather":
        chosen = tuple(source.channels[c] for c in gather.channels)
        return _with(graph, gather, [replace(gather, inputs=source.inputs, channels=chosen)])
    users = readers[gather.name]
    if users and gather.name != graph.output:
        if all(user.op == "conv" and user.groups == 1 for user in users):
            moved = {user.name: _reading(user, gather, source.shape[0]) for user in users}
            return graph.map(lambda node: moved.get(node.name, node)).without(gather.name)
        if _sinks(graph, gather, readers):
            return _swapped(graph, gather, users[0])
    return _raised(graph, gather, source)


def _reading(conv: Node, gather: Node, channels: int) -> Node:
    """The convolution on all channels of the gather's source."""
    old = conv.kernel_real
    weight = np.zeros((old.shape[0], channels, *old.shape[2:]))
    for at, channel in enumerate(gather.channels):
        weight[:, channel] += old[:, at]
    return replace(conv, weight=weight)


def _sinks(graph: Graph, gather: Node, readers: dict[str, list[Node]]) -> bool:
    """Whether a reordering of all channels can go down to a convolution through nodes that only it feeds."""
    source = graph[gather.inputs[0]]
    if sorted(gather.channels) != list(range(source.shape[0])):
        return False
    node = gather
    while len(readers[node.name]) == 1 and node.name != graph.output:
        node = readers[node.name][0]
        if node.op == "conv":
            return node.groups == 1
        if node.op not in (*_BY_CHANNEL, "flatten"):
            return False
    return False


def _swapped(graph: Graph, gather: Node, user: Node) -> Graph:
    """gather, user -> user, gather."""
    chosen = gather.channels
    if user.op == "flatten":
        each = int(np.prod(gather.shape[1:]))
        chosen = tuple(c * each + i for c in gather.channels for i in range(each))
    order = np.argsort(gather.channels)
    first = replace(_ordered(user, order), inputs=gather.inputs)
    below = fresh(graph, gather.name, 1)[0]
    second = replace(gather, name=below, inputs=(user.name,), shape=user.shape, channels=chosen)
    nodes: list[Node] = []
    for node in graph:
        if node.name == gather.name:
            continue
        if node.name == user.name:
            nodes += [first, second]
            continue
        nodes.append(replace(node, inputs=tuple(second.name if x == user.name else x for x in node.inputs)))
    return replace(graph, nodes=tuple(nodes), output=second.name if graph.output == user.name else graph.output)


def _ordered(node: Node, order: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Node:
    """What a node has for each channel, in another order of channels."""
    weight = node.weight[order] if node.op == "affine" and node.weight is not None else node.weight
    bias = node.bias[order] if node.op == "affine" and node.bias is not None else node.bias
    limit = None if node.limit is None else node.limit[order]
    return replace(node, weight=weight, bias=bias, limit=limit)


def _raised(graph: Graph, gather: Node, source: Node) -> Graph:
    """The choice before what makes its source."""
    chosen = list(gather.channels)
    shape = (len(chosen), *source.shape[1:])
    if source.op == "conv":
        return _with(graph, gather, [_outputs(source, gather)])
    if source.op in _BY_CHANNEL:
        (above,) = _above(graph, gather, [(source.inputs[0], gather.channels)])
        limit = None if source.limit is None else source.limit[chosen]
        weight = source.weight[chosen] if source.weight is not None else None
        bias = source.bias[chosen] if source.bias is not None else None
        made = replace(
            source, name=gather.name, inputs=(above.name,), shape=shape, limit=limit, weight=weight, bias=bias
        )
        return _with(graph, gather, [above, made])
    if source.op == "add":
        parts = _above(graph, gather, [(x, gather.channels) for x in source.inputs])
        return _with(graph, gather, [*parts, replace(source, name=gather.name, inputs=_names(parts), shape=shape)])
    if source.op == "concat":
        runs = _runs(graph, source, gather.channels)
        if len(runs) <= MAX_PARTS:
            parts = _above(graph, gather, runs)
            if len(parts) == 1:
                return _with(graph, gather, [replace(parts[0], name=gather.name)])
            return _with(graph, gather, [*parts, replace(source, name=gather.name, inputs=_names(parts), shape=shape)])
    return _with(graph, gather, [_copy(gather, source)])


def _above(graph: Graph, gather: Node, chosen: list[tuple[str, tuple[int, ...]]]) -> list[Node]:
    """A choice of channels of each of these values."""
    names = fresh(graph, gather.name, len(chosen))
    return [
        Node(name, "gather", (x,), (len(channels), *graph[x].shape[1:]), channels=channels)
        for name, (x, channels) in zip(names, chosen, strict=True)
    ]


def _names(nodes: list[Node]) -> tuple[str, ...]:
    return tuple(node.name for node in nodes)


def _runs(graph: Graph, concat: Node, channels: tuple[int, ...]) -> list[tuple[str, tuple[int, ...]]]:
    """The chosen channels as (part, its channels), as few as keep their order."""
    places = [(index, c) for index, x in enumerate(concat.inputs) for c in range(graph[x].shape[0])]
    found = [places[channel] for channel in channels]
    return [(concat.inputs[i], tuple(c for _, c in run)) for i, run in groupby(found, key=lambda place: place[0])]


def _outputs(conv: Node, gather: Node) -> Node:
    """The convolution's chosen outputs; of a grouped one, with zeros where a group does not read."""
    chosen, per_group = list(gather.channels), conv.shape[0] // conv.groups
    weight = conv.kernel_real[chosen]
    each = weight.shape[1]
    groups = conv.groups
    if groups > 1:
        whole = np.zeros((len(chosen), groups * each, *weight.shape[2:]))
        for row, channel in enumerate(chosen):
            first = channel // per_group * each
            whole[row, first : first + each] = weight[row]
        weight, groups = whole, 1
    bias = None if conv.bias is None else conv.bias[chosen]
    shape = (len(chosen), *conv.shape[1:])
    return replace(conv, name=gather.name, weight=weight, bias=bias, shape=shape, groups=groups)


def _copy(gather: Node, source: Node) -> Node:
    weight = np.zeros((len(gather.channels), source.shape[0], 1, 1))
    weight[np.arange(len(gather.channels)), list(gather.channels)] = 1.0
    return Node(gather.name, "conv", (source.name,), gather.shape, weight)


def _with(graph: Graph, gather: Node, made: list[Node]) -> Graph:
    """``made`` in the gather's place; what nobody reads any more is left out."""
    nodes: list[Node] = []
    for node in graph:
        nodes += made if node.name == gather.name else [node]
    return reachable(replace(graph, nodes=tuple(nodes)))


def reachable(graph: Graph) -> Graph:
    """Without what the output does not need."""
    needed = {graph.output}
    for node in reversed(graph.nodes):
        needed |= set(node.inputs) if node.name in needed else set()
    return replace(graph, nodes=tuple(n for n in graph if n.name in needed or n.op == "input"))
