"""Neighbours that commute, the one that leaves fewer values first.

ReLU (or ReLU6) after max-pool, through a concatenation of ReLUs as well, where only the pool reads it: fewer values to
compare. Where composing is asked for, a convolution of single values after an average: fewer products, no sums that the
average would need truncated, for a wider ring where an average's parts differ much in size.
"""

from __future__ import annotations

from dataclasses import replace

from snni.compile.graph import Graph, Node


def relu_after_maxpool(graph: Graph) -> Graph:
    """The same function of the image; no ReLU that only a max-pool reads is left before it."""
    while (moved := _hoisted(graph) or _swapped(graph)) is not None:
        graph = moved
    return graph


def average_before_pointwise(graph: Graph) -> Graph:
    """The same function of the image; no 1x1 convolution that only an unpadded average reads is left before it."""
    while (pair := _averaged(graph)) is not None:
        conv, pool = pair
        graph = _exchange(graph, conv, pool, at=conv)
    return graph


def _averaged(graph: Graph) -> tuple[Node, Node] | None:
    readers = graph.consumers()
    for conv in graph:
        plain = conv.op == "conv" and conv.kernel == conv.stride == (1, 1) and conv.padding == (0, 0)
        pool = _private(graph, conv.name, readers) if plain else None
        if pool is not None and pool.op == "avgpool" and pool.padding == (0, 0):
            return conv, pool
    return None


def _private(graph: Graph, name: str, readers: dict[str, list[Node]]) -> Node | None:
    """The only reader of ``name``, if there is one and the output is another value."""
    return readers[name][0] if len(readers[name]) == 1 and graph.output != name else None


def _swapped(graph: Graph) -> Graph | None:
    readers = graph.consumers()
    for relu in graph:
        pool = _private(graph, relu.name, readers) if relu.op in ("relu", "clip") else None
        if pool is not None and pool.op == "maxpool":
            return _exchange(graph, relu, pool, at=pool)
    return None


def _exchange(graph: Graph, first: Node, pool: Node, at: Node) -> Graph:
    """first, pool -> pool, first, in the place of ``at``: the values keep their order and take each other's names."""
    source = graph[first.inputs[0]].shape
    pooled = replace(pool, inputs=first.inputs, shape=(source[0], *pool.shape[1:]))
    last = replace(first, inputs=(pool.name,), shape=pool.shape)
    nodes: list[Node] = []
    for node in graph:
        if node is at:
            nodes += [pooled, last]
        elif node is not first and node is not pool:
            nodes.append(replace(node, inputs=tuple(first.name if x == pool.name else x for x in node.inputs)))
    return replace(graph, nodes=tuple(nodes), output=first.name if graph.output == pool.name else graph.output)


def _hoisted(graph: Graph) -> Graph | None:
    """concat(relu, relu, ...) read by a max-pool alone -> relu(concat)."""
    readers = graph.consumers()
    for concat in graph:
        pool = _private(graph, concat.name, readers) if concat.op == "concat" else None
        relus = [graph[x] for x in concat.inputs]
        alone = all(r.op == "relu" and _private(graph, r.name, readers) is concat for r in relus)
        if pool is None or pool.op != "maxpool" or not alone or len(set(concat.inputs)) < len(relus):
            continue
        joined = replace(concat, inputs=tuple(r.inputs[0] for r in relus))
        after = Node(relus[0].name, "relu", (concat.name,), concat.shape)
        nodes: list[Node] = []
        for node in graph:
            if node in relus:
                continue
            if node is pool:
                nodes.append(replace(pool, inputs=(after.name,)))
            else:
                nodes += [joined, after] if node is concat else [node]
        return replace(graph, nodes=tuple(nodes))
    return None
