"""Convolution as a one-dimensional sum over shifts: all frames of a batch as one tall image, read row by row.

Stride s makes s * s *phases* of the zero-padded map (only those the kernel touches): phase (a, b) holds the cells
(s i + a, s j + b). Output (y, x) then reads, for kernel tap (dy, dx), its phase at (y + dy // s, x + dx // s): with
the phases' rows laid end to end at one pitch, at a shift of (dy // s) pitch + dx // s >= 0, the same for every output.
Zero borders are shared: a row's right border is the next row's left one, a frame's lower border the next one's upper.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.twoparty.linear.geometry import ConvGeometry

MAX_BATCH = 4096


@dataclass(frozen=True)
class Axis:
    """One axis of the phases. extent: cells a phase has; shared: border cells neighbours share."""

    side: int
    out: int
    kernel: int
    stride: int
    padding: int

    @property
    def halo(self) -> int:
        return (self.kernel - 1) // self.stride

    @property
    def extent(self) -> int:
        return self.out + self.halo

    @property
    def phases(self) -> list[int]:
        return list(range(min(self.kernel, self.stride)))

    def first(self, phase: int) -> int:
        """How many zero cells come before the map in this phase."""
        return max(0, -((phase - self.padding) // self.stride))

    def last(self, phase: int) -> int:
        """One past the last cell of this phase that lies in the map, at most extent."""
        return max(0, min(self.extent, -(-(self.side + self.padding - phase) // self.stride)))

    @property
    def shared(self) -> int:
        borders = [min(self.first(p), self.extent - self.last(p)) for p in self.phases]
        return max(0, min(self.halo, *borders))


class TallImage:
    """Where everything lies. All distances in coefficients.

    pitch; frame_rows; outputs: span of output positions; reach: the largest shift; length = outputs + reach: how many
    inputs matter; overlap: leading cells that are zero in every phase, and as many trailing ones.
    """

    def __init__(self, geometry: ConvGeometry, batch: int) -> None:
        if not 1 <= batch <= MAX_BATCH:
            raise ParameterError(f"batch {batch} outside 1..{MAX_BATCH}")
        g = geometry
        self.geometry, self.batch = g, batch
        self._rows = Axis(g.height, g.out_height, g.kernel[0], g.stride[0], g.padding[0])
        self._columns = Axis(g.width, g.out_width, g.kernel[1], g.stride[1], g.padding[1])
        self.pitch = self._columns.extent - self._columns.shared
        self.frame_rows = self._rows.extent - self._rows.shared
        self.phases = [(a, b) for a in self._rows.phases for b in self._columns.phases]
        self.reach = self._rows.halo * self.pitch + self._columns.halo
        last_row = (batch - 1) * self.frame_rows + g.out_height - 1
        self.outputs = last_row * self.pitch + g.out_width
        self.length = self.outputs + self.reach

    def taps(self) -> NDArray[np.int64]:
        """int64 [kh * kw, 2]: phase and shift of every kernel tap, in the order of the weights."""
        kernel, stride = self.geometry.kernel, self.geometry.stride
        width = len(self._columns.phases)
        return np.array(
            [
                (dy % stride[0] * width + dx % stride[1], dy // stride[0] * self.pitch + dx // stride[1])
                for dy in range(kernel[0])
                for dx in range(kernel[1])
            ],
            np.int64,
        )

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """int64 [batch * out_height * out_width], ascending: where output (frame, y, x) lies."""
        g = self.geometry
        frames = np.arange(self.batch)[:, None, None] * self.frame_rows
        rows = frames + np.arange(g.out_height)[:, None]
        return (rows * self.pitch + np.arange(g.out_width)).reshape(-1)

    @cached_property
    def overlap(self) -> int:
        ones = np.ones((self.batch, 1, self.geometry.height, self.geometry.width), np.uint32)
        occupied = np.flatnonzero(self.lay(ones).any(axis=(0, 1)))
        if len(occupied) == 0:
            return 0
        return int(min(occupied[0], self.length - 1 - occupied[-1]))

    def lay(self, x: NDArray[np.uint32], extra: int = 0) -> NDArray[np.uint32]:
        """x: uint32 [batch, channels, height, width] -> uint32 [phases, channels, length + extra]; zeros elsewhere."""
        channels = x.shape[1]
        rows = self.batch * self.frame_rows
        cells = max(self.length + extra, rows * self.pitch)
        tall = np.zeros((len(self.phases), channels, cells), np.uint32)
        stride, padding = self.geometry.stride, self.geometry.padding
        for index, (a, b) in enumerate(self.phases):
            frames = tall[index, :, : rows * self.pitch].reshape(channels, self.batch, self.frame_rows, self.pitch)
            top, bottom = self._rows.first(a), self._rows.last(a)
            left, right = self._columns.first(b), self._columns.last(b)
            if top >= bottom or left >= right:
                continue
            y, z = top * stride[0] + a - padding[0], left * stride[1] + b - padding[1]
            cut = x[:, :, y :: stride[0], z :: stride[1]][:, :, : bottom - top, : right - left]
            frames[:, :, top:bottom, left:right] = cut.transpose(1, 0, 2, 3)
        return tall[:, :, : self.length + extra]


@lru_cache(maxsize=256)
def tall_image(geometry: ConvGeometry, batch: int) -> TallImage:
    return TallImage(geometry, batch)
