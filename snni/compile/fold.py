"""Batch norm and other constants of a channel into the convolution before, those after it, or one of its own."""

from __future__ import annotations

from dataclasses import replace

from snni.compile.graph import Graph, Node


def fold_affine(graph: Graph) -> Graph:
    """The same function of the image without affine nodes.

    What follows a convolution that nothing else reads is folded into it; what precedes convolutions that pad with
    nothing, into these. Before a padded convolution it cannot be: the padding is zero after it, and the folded
    convolution would pad with zero before it. There, and after anything else, it is a 1x1 convolution by channel. A
    convolution that only affine nodes read becomes one of each.
    """
    for name in [node.name for node in graph if node.op == "affine"]:
        affine = graph[name]
        readers = graph.consumers()
        before = graph[affine.inputs[0]]
        after = readers[affine.name]
        if before.op == "conv" and len(readers[before.name]) == 1 and before.name != graph.output:
            folded = {before.name: _into_previous(before, affine)}
        elif before.op == "conv" and before.name != graph.output and _only_affine(readers[before.name]):
            own = replace(_into_previous(before, affine), name=affine.name)
            graph = graph.map(lambda node, own=own: own if node.name == own.name else node)  # type: ignore[misc]
            continue
        elif len(after) == 1 and after[0].op == "affine" and affine.name != graph.output:
            folded = {after[0].name: _together(affine, after[0])}
        elif after and affine.name != graph.output and all(n.op == "conv" and n.padding == (0, 0) for n in after):
            folded = {node.name: _into_next(affine, node) for node in after}
        else:
            own = _by_channel(affine)
            graph = graph.map(lambda node, own=own: own if node.name == own.name else node)  # type: ignore[misc]
            continue
        graph = graph.map(lambda node, folded=folded: folded.get(node.name, node)).without(affine.name)  # type: ignore[misc]
    return graph


def _only_affine(readers: list[Node]) -> bool:
    return all(node.op == "affine" for node in readers)


def _by_channel(affine: Node) -> Node:
    weight = affine.kernel_real[:, None, None, None]
    return replace(affine, op="conv", weight=weight, groups=affine.shape[0])


def _together(first: Node, second: Node) -> Node:
    gain = second.kernel_real
    return replace(second, weight=first.kernel_real * gain, bias=first.bias_real * gain + second.bias_real)


def _into_previous(conv: Node, affine: Node) -> Node:
    gain = affine.kernel_real
    weight = conv.kernel_real * gain[:, None, None, None]
    return replace(conv, weight=weight, bias=conv.bias_real * gain + affine.bias_real)


def _into_next(affine: Node, conv: Node) -> Node:
    per_group = conv.shape[0] // conv.groups
    gain = affine.kernel_real.reshape(conv.groups, 1, -1).repeat(per_group, 1).reshape(conv.shape[0], -1)
    offset = affine.bias_real.reshape(conv.groups, 1, -1).repeat(per_group, 1).reshape(conv.shape[0], -1)
    added = (conv.kernel_real.sum(axis=(2, 3)) * offset).sum(axis=1)
    return replace(conv, weight=conv.kernel_real * gain[:, :, None, None], bias=conv.bias_real + added)
