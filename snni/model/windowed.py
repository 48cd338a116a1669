"""Steps that slide a window over a map."""

from __future__ import annotations

import math
from collections.abc import Mapping

from snni.model.step import PlanStep
from snni.model.values import Name, PadPair, Pair, ValueSpec, need

MAX_WINDOW_ELEMENTS = 1 << 16


def pooled_size(size: int, kernel: int, stride: int, padding: int, ceil_mode: bool = False) -> int:
    """Outputs along one axis, as torch counts them: with ceil_mode the last window must start inside size + padding.

    Raises:
        ValueError: the window is larger than the padded axis.
    """
    span = size + 2 * padding - kernel
    need(span >= 0, f"a window of {kernel} does not fit {size} values padded by {padding}")
    out = (span + (stride - 1 if ceil_mode else 0)) // stride + 1
    return out - 1 if ceil_mode and (out - 1) * stride >= size + padding else out


class Windowed(PlanStep):
    """Steps that slide a window over [C, H, W]."""

    x: Name
    kernel: Pair
    stride: Pair
    padding: PadPair

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.x,)

    def map_size(self, x: ValueSpec, ceil_mode: bool = False) -> tuple[int, int]:
        """Output height and width. Raises ValueError where the window does not fit or padding reaches past it."""
        need(math.prod(self.kernel) <= MAX_WINDOW_ELEMENTS, "window too large")
        need(all(p < k for p, k in zip(self.padding, self.kernel, strict=True)), "padding reaches past the window")
        height, width = (
            pooled_size(*axis, ceil_mode)
            for axis in zip(x.shape[1:], self.kernel, self.stride, self.padding, strict=True)
        )
        return height, width

    def window_reads(self, values: Mapping[str, ValueSpec]) -> int:
        return math.prod(self.kernel) * values[self.y].elements
