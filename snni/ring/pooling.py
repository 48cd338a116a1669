"""The walk of a max-pool: which positions are compared when, the same for every party of any suite.

Separable, along rows and then along columns: that halves the comparisons of a 3x3 window and shares row maxima between
windows. Padded positions take no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from snni.wire.packing import U32


@dataclass(frozen=True)
class Round:
    """One set of parallel maxima along an axis: output positions `at` take in source positions `source`."""

    axis: int
    at: tuple[int, ...]
    source: tuple[int, ...]
    elements: int


@dataclass(frozen=True)
class PoolWalk:
    """x [C, H, W]; y [C, out_height, out_width]."""

    shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]

    def starts(self, axis: int) -> list[int]:
        """First real source position of every output position."""
        stride, padding = self.stride[axis], self.padding[axis]
        return [max(0, at * stride - padding) for at in range(self.out_shape[1 + axis])]

    def counts(self, axis: int) -> list[int]:
        """Real source positions of every output position."""
        kernel, stride, padding = self.kernel[axis], self.stride[axis], self.padding[axis]
        size = self.shape[1 + axis]
        stops = (min(size, at * stride - padding + kernel) for at in range(self.out_shape[1 + axis]))
        return [stop - start for stop, start in zip(stops, self.starts(axis), strict=True)]

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """Rows' direction (axis 1, along the width) first, then columns'."""
        rounds = []
        for axis, lines in ((1, self.shape[0] * self.shape[1]), (0, self.shape[0] * self.out_shape[2])):
            starts, counts = self.starts(axis), self.counts(axis)
            for offset in range(1, self.kernel[axis]):
                at = tuple(i for i, count in enumerate(counts) if count > offset)
                if at:
                    rounds.append(Round(axis, at, tuple(starts[i] + offset for i in at), lines * len(at)))
        return tuple(rounds)


class Maxima:
    """One component of the maxima so far, as positions along the current axis."""

    def __init__(self, walk: PoolWalk, x: U32) -> None:
        self._walk = walk
        self._source = x
        self._axis = 1
        self._start(1)

    def _start(self, axis: int) -> None:
        self._axis = axis
        self.current = np.take(self._source, self._walk.starts(axis), axis=1 + axis)

    def operands(self, turn: Round) -> tuple[U32, U32]:
        """(a, b): the maximum so far and the newcomer."""
        if turn.axis != self._axis:
            self._source = self.current
            self._start(turn.axis)
        a = np.take(self.current, turn.at, axis=1 + turn.axis)
        return a, np.take(self._source, turn.source, axis=1 + turn.axis)

    def replace(self, turn: Round, value: U32) -> None:
        index: list[slice | list[int]] = [slice(None)] * 3
        index[1 + turn.axis] = list(turn.at)
        self.current[tuple(index)] = value

    def finish(self) -> U32:
        if self._axis == 1:
            self._source = self.current
            self._start(0)
        return self.current
