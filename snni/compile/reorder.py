"""ReLU (or ReLU6) after max-pool: they commute, and the pool leaves fewer values to compare.

Through a concatenation of ReLUs as well, where only the pool reads it.
"""

from __future__ import annotations

from dataclasses import replace

from snni.compile.graph import Graph, Node


def relu_after_maxpool(graph: Graph) -> Graph:
    """The same function of the image; no ReLU that only a max-pool reads is left before it."""
    while (moved := _hoisted(graph) or _swapped(graph)) is not None:
        graph = moved
    return graph


def _private(graph: Graph, name: str, readers: dict[str, list[Node]]) -> Node | None:
    """The only reader of ``name``, if there is one and the output is another value."""
    return readers[name][0] if len(readers[name]) == 1 and graph.output != name else None


def _swapped(graph: Graph) -> Graph | None:
    readers = graph.consumers()
    for relu in graph:
        pool = _private(graph, relu.name, readers) if relu.op in ("relu", "clip") else None
        if pool is not None and pool.op == "maxpool":
            return _exchange(graph, relu, pool)
    return None


def _exchange(graph: Graph, relu: Node, pool: Node) -> Graph:
    """relu, pool -> pool, relu: the values keep their order and take each other's names."""
    first = replace(pool, inputs=relu.inputs)
    second = replace(relu, inputs=(pool.name,), shape=pool.shape)
    nodes: list[Node] = []
    for node in graph:
        if node is relu:
            continue
        if node is pool:
            nodes += [first, second]
            continue
        nodes.append(replace(node, inputs=tuple(relu.name if x == pool.name else x for x in node.inputs)))
    return replace(graph, nodes=tuple(nodes), output=relu.name if graph.output == pool.name else graph.output)


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
