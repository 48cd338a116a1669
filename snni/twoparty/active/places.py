"""Places of shared words [bits, ...]: taken, laid side by side, seen through a window. No message, no arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snni.model.integers import views
from snni.model.steps import Conv, SumPool
from snni.twoparty.active.shares import Shares, zeros


def taken(x: Shares, axis: int, at: int) -> Shares:
    """One place along an axis, which goes."""
    where = (slice(None),) * axis + (at,)
    return Shares(x.bits[where], x.codes[where], x.keys[where])


def side_by_side(parts: Sequence[Shares]) -> Shares:
    """Along the second axis."""
    return Shares(
        np.concatenate([part.bits for part in parts], axis=1),
        np.concatenate([part.codes for part in parts], axis=1),
        np.concatenate([part.keys for part in parts], axis=1),
    )


def windows(step: Conv | SumPool, x: Shares, shape: tuple[int, ...]) -> Shares:
    """Words [bits, C, H, W] -> [bits, C, places of the window, OH, OW], zeros where there is padding. shape: of the
    step's result."""
    count = int(np.prod(x.shape[1:]))
    index = np.arange(count, dtype=np.int64).reshape(x.shape[1:])
    where = np.stack(list(views(step, index, shape, count)), axis=1)
    flat = side_by_side([x.reshape(len(x), count), zeros(len(x), 1)])
    return Shares(flat.bits[:, where], flat.codes[:, where], flat.keys[:, where])
