"""Batch norm into its convolution: the one before it, or those after it where they pad with nothing."""

from __future__ import annotations

from dataclasses import replace

from snni.compile.graph import Graph, Node
from snni.errors import UnsupportedLayer


def fold_batch_norm(graph: Graph) -> Graph:
    """The same function of the image without affine nodes.

    A normalisation followed by a padded convolution cannot be folded: the padding is zero after the normalisation,
    and the folded convolution would pad with zero before it.

    Raises:
        UnsupportedLayer: an affine that neither follows a convolution nor precedes unpadded ones.
    """
    for name in [node.name for node in graph if node.op == "affine"]:
        affine = graph[name]
        readers = graph.consumers()
        before = graph[affine.inputs[0]]
        after = readers[affine.name]
        if before.op == "conv" and len(readers[before.name]) == 1:
            folded = {before.name: _into_previous(before, affine)}
        elif after and affine.name != graph.output and all(n.op == "conv" and n.padding == (0, 0) for n in after):
            folded = {node.name: _into_next(affine, node) for node in after}
        else:
            raise UnsupportedLayer(
                f"BatchNorm2d ({affine.name}) that does not follow a convolution",
                "it right after a convolution, or padding=0 in the convolutions that read it",
            )
        graph = graph.map(lambda node, folded=folded: folded.get(node.name, node)).without(affine.name)  # type: ignore[misc]
    return graph


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
