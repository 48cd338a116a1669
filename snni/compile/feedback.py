"""Weights rounded one after the other, each making good what the ones before it lost.

Inputs of a window are alike, so that errors of neighbouring weights can cancel. E. Frantar, S. Ashkboos, T. Hoefler,
D. Alistarh, "GPTQ", ICLR 2023, arXiv 2210.17323, section 3.3, of every convolution by itself: with H the mean of x x^T
over windows x of the calibration images and U the upper Cholesky factor of its inverse, weight j is rounded and its
error, over U_jj, taken from the weights that follow by U_j. Those with the strongest inputs come first; H is damped.
What is left of the error on average goes into the bias.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from snni.compile.graph import Graph, Node, evaluate
from snni.compile.lower import Lowered
from snni.compile.scales import Scales
from snni.model.steps import WEIGHT_LIMIT

WINDOWS = 128
"""Of an image, for each convolution."""
DAMPING = 0.01
"""Of the mean of H's diagonal."""
LARGEST = 6144
"""Weights of an output; longer ones are rounded to the nearest."""
HELD = 1 << 26
"""Numbers of all H that are held at once; the images are evaluated anew for the next ones."""
BLOCK = 64


def fed_back(lowered: Lowered, scales: Scales, batches: Sequence[Tensor]) -> Lowered:
    """The same with every convolution's weights on the grid of its scale. batches: of ``read_images``."""
    convs = [node for node in lowered.graph if node.op == "conv" and node.kernel_real[0].size <= LARGEST]
    rounded: dict[str, Node] = {}
    for some in _portions(convs):
        squares, means = _moments(lowered.graph, some, batches)
        for node in some:
            step = scales.scale[node.name] / scales.scale[node.inputs[0]]
            rounded[node.name] = _rounded(node, step, squares.pop(node.name), means[node.name])
    return replace(lowered, graph=lowered.graph.map(lambda node: rounded.get(node.name, node)))


def _portions(convs: list[Node]) -> Iterator[list[Node]]:
    held, some = 0, list[Node]()
    for node in convs:
        needed = node.groups * node.kernel_real[0].size ** 2
        if some and held + needed > HELD:
            yield some
            held, some = 0, []
        held, some = held + needed, [*some, node]
    if some:
        yield some


def _moments(
    graph: Graph, convs: Sequence[Node], batches: Sequence[Tensor]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """By name: the mean of x x^T, float64 [groups, K, K], and of x, [groups, K], over windows of the images."""
    sizes = {node.name: (node.groups, node.kernel_real[0].size) for node in convs}
    squares = {name: torch.zeros(groups, size, size, dtype=torch.float64) for name, (groups, size) in sizes.items()}
    means = {name: torch.zeros(groups, size, dtype=torch.float64) for name, (groups, size) in sizes.items()}
    images = [batch[i : i + 1] for batch in batches for i in range(len(batch))]
    for number, image in enumerate(images):
        values = evaluate(graph, image)
        for node in convs:
            windows = F.unfold(values[node.inputs[0]], node.kernel, padding=node.padding, stride=node.stride)[0]
            there, rng = windows.shape[1], np.random.default_rng(number)
            chosen = torch.from_numpy(rng.choice(there, min(WINDOWS, there), replace=False))
            x = windows[:, chosen].double().reshape(node.groups, -1, len(chosen))
            squares[node.name] += torch.bmm(x, x.transpose(1, 2)) / (len(chosen) * len(images))
            means[node.name] += x.mean(dim=2) / len(images)
    return squares, means


def _rounded(node: Node, step: float, squares: Tensor, means: Tensor) -> Node:
    """step: of the grid."""
    weight = torch.from_numpy(node.kernel_real / step).reshape(node.groups, node.shape[0] // node.groups, -1)
    on_grid = torch.stack([_round(rows, square) for rows, square in zip(weight, squares, strict=True)])
    lost = torch.einsum("gmk,gk->gm", weight - on_grid, means).reshape(-1).numpy() * step
    return replace(node, weight=on_grid.reshape(node.kernel_real.shape).numpy() * step, bias=node.bias_real + lost)


def _round(rows: Tensor, square: Tensor) -> Tensor:
    """rows: float64 [M, K], units of the grid. square: H [K, K]. -> integers [M, K] within +-WEIGHT_LIMIT."""
    power = torch.diagonal(square)
    order = torch.argsort(power, descending=True)
    damped = square[order][:, order] + (DAMPING * float(power.mean()) or 1.0) * torch.eye(len(order), dtype=rows.dtype)
    upper = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(damped)), upper=True)
    left, found = rows[:, order].clone(), torch.empty_like(rows)
    for first in range(0, len(order), BLOCK):
        last = min(first + BLOCK, len(order))
        errors = torch.empty(len(rows), last - first, dtype=rows.dtype)
        for at in range(first, last):
            found[:, at] = left[:, at].round().clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT)
            errors[:, at - first] = (left[:, at] - found[:, at]) / upper[at, at]
            left[:, at + 1 : last] -= torch.outer(errors[:, at - first], upper[at, at + 1 : last])
        left[:, last:] -= errors @ upper[first:last, last:]
    return found[:, torch.argsort(order)]
