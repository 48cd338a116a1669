"""Every throw of a few dice: all values of so many bits, taken apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Take = Callable[[int], np.ndarray]


def every_throw_of(bits: int) -> Take:
    """The next so many bits (at most 32 in all) of each of the 2^bits throws, as uint32."""
    throws = np.arange(1 << bits, dtype=np.uint32)

    def take(count: int) -> np.ndarray:
        nonlocal throws
        out, throws = throws & np.uint32((1 << count) - 1), throws >> np.uint32(count)
        return out

    return take
