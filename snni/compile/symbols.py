"""What a tensor of a recorded run is: elements of one value of the graph, in some order.

Everything that only moves elements (view, transpose, chunk, squeeze, channel shuffle, ...) is the same movement of
indices. When an operation reads the tensor, its order is looked at: as the value is, flattened, whole channels of it,
or rows and columns at regular distances; any other order has no step in a plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from snni.compile.graph import Node
from snni.errors import BundleError, UnsupportedLayer

Order = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Indices; rows and columns rise by one step each."""

    channels: tuple[int, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Symbol:
    """index: int64 of the tensor's shape, image n's element i of ``node`` as n * elements + i.

    moved: the name and the spelling of what moved its elements last. closing: the softmax that it went through.
    """

    node: Node
    index: torch.Tensor
    moved: tuple[str, str] = ("", "")
    closing: str = ""

    @classmethod
    def of(cls, node: Node, shape: torch.Size) -> Symbol:
        """A tensor of ``shape`` [N, ...] that holds ``node`` as it is."""
        return cls(node, torch.arange(int(np.prod(shape))).reshape(shape))

    def moved_by(self, index: torch.Tensor, name: str, spelling: str) -> Symbol:
        """After a movement of its elements."""
        return replace(self, index=index, moved=(name, spelling))

    def order(self) -> Order:
        """Of one image's elements: int64 of the tensor's shape without its first axis.

        Raises:
            UnsupportedLayer: the first axis is not that of the images any more.
        """
        index, each = self.index, int(np.prod(self.node.shape))
        images = torch.arange(len(index)) * each if index.ndim else torch.zeros(0)
        first = index[:1] if index.ndim else index
        apart = images.reshape(-1, *[1] * (index.ndim - 1)) if index.ndim else images
        if index.ndim < 2 or bool((first + apart != index).any()) or int(first.max()) >= each:
            raise self._unreadable("mixes images, or drops their axis", "torch.flatten(x, 1), which keeps axis 0")
        return np.asarray(first[0].numpy(), np.int64)

    @property
    def whole(self) -> bool:
        """Whether it holds every element of its value once, in whatever order."""
        found = np.sort(self.order().reshape(-1))
        return bool(np.array_equal(found, np.arange(int(np.prod(self.node.shape)))))

    def channels(self) -> tuple[int, ...] | None:
        """The channels that it holds, where it holds whole ones; None otherwise."""
        order, (_, height, width) = self.order(), self.node.shape
        size = height * width
        if order.ndim == 1 and size == 1:
            order = order.reshape(-1, 1, 1)
        if order.ndim == 2 and 1 in (height, width):
            order = order.reshape(-1, height, width) if order.shape[1] == size else order
        if order.ndim != 3 or order.shape[1:] != (height, width):
            return None
        flat = order.reshape(len(order), size)
        if (flat != flat[:, :1] + np.arange(size)).any() or (flat[:, 0] % size).any():
            return None
        return tuple(int(first) // size for first in flat[:, 0])

    def grid(self) -> Grid | None:
        """What it holds, where that is every combination of some channels, rows and columns at regular distances."""
        order = self.order()
        for shape in _as_map(order.shape):
            found = np.unravel_index(order.reshape(shape), self.node.shape)
            lines = [np.moveaxis(places, axis, 0).reshape(shape[axis], -1) for axis, places in enumerate(found)]
            firsts = [line[:, 0] for line in lines]
            alike = all((line == line[:, :1]).all() for line in lines)
            if alike and all(len(set(np.diff(first))) < 2 and (np.diff(first) > 0).all() for first in firsts[1:]):
                channels, rows, columns = (tuple(int(place) for place in first) for first in firsts)
                return Grid(channels, rows, columns)
        return None

    @property
    def odd(self) -> bool:
        """Whether it holds its whole value, in an order that no step gives."""
        return bool(self.moved[0]) and self.whole and not self.flat and self.channels() is None

    @property
    def flat(self) -> bool:
        """Whether it is a map's elements in a row."""
        order = self.order()
        row = order.ndim == 1 or (order.ndim == 3 and order.shape[1:] == (1, 1))
        return row and bool(np.array_equal(order.reshape(-1), np.arange(order.size))) and self.whole

    def _unreadable(self, why: str, instead: str) -> UnsupportedLayer:
        name, spelling = self.moved
        return UnsupportedLayer(f"{spelling or 'a tensor'} ({name or self.node.name}) that {why}", instead)

    def unreadable(self) -> UnsupportedLayer:
        """Its order has no step in a plan."""
        advice = "torch.flatten(x, 1), or views that move whole channels"
        order, each = self.order(), int(np.prod(self.node.shape[1:]))
        if order.ndim == 3 and order[0].size == each and (order // each == order[:, :1, :1] // each).all():
            return self._unreadable("changes the order of rows or columns", "maps whose pixels stay where they are")
        if order.ndim == 2 and np.array_equal(order.reshape(-1), np.arange(order.size)):
            advice = "torch.flatten(x, 1), or layers of height and width (Conv2d for Conv1d) on the map itself"
        return self._unreadable("mixes channels and positions", advice)


def _as_map(shape: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """How a tensor's axes may be channels, height and width: one that was dropped has length one."""
    match shape:
        case (channels,):
            return [(channels, 1, 1)]
        case (channels, length):
            return [(channels, 1, length), (channels, length, 1)]
        case (channels, height, width):
            return [(channels, height, width)]
    return []


@dataclass(frozen=True, eq=False)
class Refused:
    """A tensor that cannot be computed; raised where something that is read needs it."""

    error: BundleError
