"""Comparisons as secure inference does them: without the low bits that a step ignores, wrong next to zero by chance.

The functions of snni.model.reference of the same meaning, on whole numbers in tensors, with gradients.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from snni.model.error_law import sign_slack
from snni.model.steps import MaxPool

NOTHING = -float(1 << 40)
"""Where a max-pool's window lies on padding."""


def low_bits(x: Tensor, ignored: int) -> Tensor | None:
    """What the client's share has in the bits that a comparison of x drops, by chance; None where it drops none."""
    return torch.rand_like(x).mul_(float(1 << ignored)).floor_() if ignored else None


def passes(x: Tensor, ignored: int, low: Tensor | None) -> Tensor:
    """The comparison's bit, bool like x: 1{x >= 0}, or with low bits dropped 1{x >= low - h}."""
    return x >= 0 if low is None else x + float(sign_slack(ignored)) >= low


def positive(x: Tensor, ignored: int, low: Tensor | None) -> Tensor:
    """x where it passes, else 0."""
    return x.clamp(min=0) if low is None else torch.where(passes(x.detach(), ignored, low), x, 0.0)


def largest(step: MaxPool, x: Tensor, size: tuple[int, ...], *, by_chance: bool) -> Tensor:
    """[N, C, H, W] -> [N, *size]. By chance as the tournament goes: along rows, then along columns."""
    if not by_chance or not step.ignored:
        return F.max_pool2d(x, step.kernel, step.stride, step.padding, ceil_mode=step.ceil_mode)
    for axis in (1, 0):
        kernel, stride, padding = step.kernel[axis], step.stride[axis], step.padding[axis]
        last = (size[1 + axis] - 1) * stride + 1
        margin = (padding, max(0, last - 1 + kernel - padding - x.shape[2 + axis]))
        lines = F.pad(x, margin if axis == 1 else (0, 0, *margin), value=NOTHING)
        best = _every(lines, axis, 0, last, stride)
        for at in range(1, kernel):
            other = _every(lines, axis, at, last, stride)
            apart = (best - other).detach()
            best = torch.where(passes(apart, step.ignored, low_bits(apart, step.ignored)), best, other)
        x = best
    return x


def _every(lines: Tensor, axis: int, at: int, last: int, stride: int) -> Tensor:
    chosen = slice(at, at + last, stride)
    return lines[:, :, chosen] if axis == 0 else lines[:, :, :, chosen]
