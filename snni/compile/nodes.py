"""The nodes of a graph while a module is read: their names, and a tensor's elements in an order that a plan has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from snni.compile.graph import Node
from snni.compile.symbols import Grid, Symbol


@dataclass
class Nodes:
    """In the order of the run. observed: what each was on the recorded images, of which there are ``count``.

    described: by name, as an error calls it.
    """

    count: int
    nodes: list[Node] = field(default_factory=list)
    observed: dict[str, torch.Tensor] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    _rearranged: dict[tuple[str, bytes], Node] = field(default_factory=dict)

    def clean(self, name: str) -> str:
        """As a plan may call it."""
        base = re.sub(r"[^a-z0-9_.]", "_", name.lower())[:80]
        taken = {node.name for node in self.nodes}
        return base if base not in taken else f"{base}.{len(taken)}"

    def append(self, node: Node, value: torch.Tensor | None = None, what: str = "") -> Node:
        """value: what it was, whatever axes of length one it had."""
        self.nodes.append(node)
        self.described[node.name] = what or node.name
        if value is not None:
            self.observed[node.name] = value.detach().clone().reshape(self.count, *node.shape)
        return node

    def settled(self, symbol: Symbol) -> Node:
        """A node whose value is the symbol's elements in their order."""
        node, order = symbol.node, symbol.order()
        count = int(np.prod(node.shape))
        if order.size == count and np.array_equal(order.reshape(-1), np.arange(count)):
            if _without_ones(order.shape) == _without_ones(node.shape):
                return node
            if symbol.flat:
                return self._rearrange(symbol, Node("", "flatten", (), (count, 1, 1)))
        channels = symbol.channels()
        if channels is not None:
            return self._rearrange(symbol, Node("", "gather", (), (len(channels), *node.shape[1:]), channels=channels))
        grid = symbol.grid()
        if grid is not None:
            return self._picked(symbol, grid)
        if order.ndim == 1 and node.shape[1:] != (1, 1):
            row = self._rearrange(Symbol(node, symbol.index, symbol.moved), Node("", "flatten", (), (count, 1, 1)))
            return self.settled(Symbol(row, symbol.index, symbol.moved))
        raise symbol.unreadable()

    def _picked(self, symbol: Symbol, grid: Grid) -> Node:
        """Rows and columns of channels: a convolution by channel whose kernel has one tap."""
        node, chosen = symbol.node, grid.channels
        if chosen != tuple(range(node.shape[0])):
            shape = (len(chosen), *node.shape[1:])
            node = self._rearrange(symbol, Node("", "gather", (), shape, channels=chosen))
        (down, high), (across, wide) = _step(grid.rows), _step(grid.columns)
        kernel = (node.shape[1] - high * down, node.shape[2] - wide * across)
        tap = np.zeros((len(chosen), 1, *kernel))
        tap[:, :, grid.rows[0], grid.columns[0]] = 1.0
        shape = (len(chosen), len(grid.rows), len(grid.columns))
        made = Node("", "conv", (), shape, tap, kernel=kernel, stride=(down, across), groups=len(chosen))
        return self._rearrange(replace(symbol, node=node), made)

    def _rearrange(self, symbol: Symbol, shaped: Node) -> Node:
        taps = b"" if shaped.weight is None else np.packbits(shaped.weight != 0).tobytes()
        key = (symbol.node.name, repr((shaped.op, shaped.shape, shaped.channels, shaped.stride)).encode() + taps)
        if key not in self._rearranged:
            name = self.clean(symbol.moved[0] or f"{symbol.node.name}_{shaped.op}")
            made = replace(shaped, name=name, inputs=(symbol.node.name,))
            self._rearranged[key] = self.append(made, what=symbol.moved[1])
        return self._rearranged[key]


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The first axis, and those after it that are longer than one."""
    return (*shape[:1], *(side for side in shape[1:] if side > 1))


def _step(places: tuple[int, ...]) -> tuple[int, int]:
    """(distance, how many distances) of regular places."""
    return (places[1] - places[0], len(places) - 1) if len(places) > 1 else (1, 0)
