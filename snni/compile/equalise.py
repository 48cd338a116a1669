"""Channels of like size, so that one scale serves a whole layer.

ReLU, maximum, average, add and concat are positively homogeneous, and so is ReLU6 if its limit is divided too:
dividing a channel by s where it is made and multiplying by s where it is read changes nothing. Nagel et al., Data-Free
Quantization (ICCV 2019), section 4.1, here over classes of channels that must share s (both branches of an add, a
concat's parts) instead of pairs of layers, and weighing a channel's activations with its weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from snni.compile.calibrate import Statistics
from snni.compile.graph import Graph, Node, Real

SWEEPS = 24
MAX_FACTOR = 64.0
Classes = dict[str, NDArray[np.int64]]
Factors = dict[str, Real]
"""For every value, what each of its channels is divided by: float64 [C], above zero."""


def equalised(graph: Graph, found: Factors) -> Graph:
    """The same function of the image, every channel of every value divided by its factor."""
    return graph.map(lambda node: _scaled(node, found))


def factors(graph: Graph, statistics: Statistics) -> Factors:
    """What balances the weights, batch norms folded before: 1 for the input's channels and the scores, at most
    MAX_FACTOR either way."""
    classes, count = channel_classes(graph)
    fixed = np.zeros(count, bool)
    fixed[classes[graph.nodes[0].name]] = True
    fixed[classes[graph.output]] = True
    convs = [node for node in graph if node.op == "conv"]
    log_factor = np.zeros(count)
    for _ in range(SWEEPS):
        made = np.full(count, -np.inf)
        read = np.full(count, -np.inf)
        for node in convs:
            rows, columns = _sizes(node, classes, log_factor)
            out = classes[node.name]
            activity = _log(statistics.channel_peak[node.name]) - log_factor[out]
            np.maximum.at(made, out, (_below_largest(rows) + _below_largest(activity)) / 2)
            np.maximum.at(read, classes[node.inputs[0]], _below_largest(columns))
        usable = ~fixed & np.isfinite(made) & np.isfinite(read)
        step = np.where(usable, (np.where(usable, made, 0) - np.where(usable, read, 0)) / 4, 0)
        log_factor = np.clip(log_factor + step, -np.log(MAX_FACTOR), np.log(MAX_FACTOR))
    factor = np.exp(log_factor)
    return {name: np.asarray(factor[channels]) for name, channels in classes.items()}


def channel_classes(graph: Graph) -> tuple[Classes, int]:
    """For every value the class of each channel, and the number of classes."""
    parent: list[int] = []

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    raw: dict[str, list[int]] = {}
    for node in graph:
        xs = [raw[name] for name in node.inputs]
        if node.op in ("input", "conv"):
            raw[node.name] = list(range(len(parent), len(parent) + node.shape[0]))
            parent += raw[node.name]
        elif node.op == "concat":
            raw[node.name] = [c for x in xs for c in x]
        elif node.op == "flatten":
            raw[node.name] = list(np.repeat(xs[0], node.shape[0] // len(xs[0])))
        else:
            raw[node.name] = xs[0]
            for x in xs[1:]:
                for left, right in zip(xs[0], x, strict=True):
                    parent[find(left)] = find(right)
    roots, labels = np.unique([find(i) for i in range(len(parent))], return_inverse=True)
    return {name: np.asarray(labels[np.asarray(c, np.int64)], np.int64) for name, c in raw.items()}, len(roots)


def _log(x: Real) -> Real:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(x))


def _below_largest(log_size: Real) -> Real:
    """log_size - max; -inf everywhere for a layer of zeros."""
    return log_size - log_size.max() if np.isfinite(log_size.max()) else log_size


def _sizes(node: Node, classes: Classes, log_factor: Real) -> tuple[Real, Real]:
    """Log of the largest |weight| of each output row and of each input channel, factors applied."""
    per_group = node.shape[0] // node.groups
    out = log_factor[classes[node.name]]
    into = log_factor[classes[node.inputs[0]]].reshape(node.groups, -1).repeat(per_group, axis=0)
    size = _log(np.abs(node.kernel_real).max(axis=(2, 3))) + into - out[:, None]
    columns = size.reshape(node.groups, per_group, -1).max(axis=1).reshape(-1)
    return size.max(axis=1), columns


def _scaled(node: Node, found: Factors) -> Node:
    out = found[node.name]
    if node.op == "clip":
        return replace(node, limit=node.limits_real / out)
    if node.op != "conv":
        return node
    into = found[node.inputs[0]].reshape(node.groups, -1).repeat(node.shape[0] // node.groups, axis=0)
    weight = node.kernel_real * into[:, :, None, None] / out[:, None, None, None]
    return replace(node, weight=weight, bias=node.bias_real / out)
