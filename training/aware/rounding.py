"""Rounding as secure inference does it, with gradients: truncation, rings, int8 weights.

Truncation by f bits (SiRNN, eprint 2021/459, section 4.3) gives floor((x + a) / 2^f): with shares drawn at random, a is
uniform in 0..2^f - 1, which makes the result x / 2^f on average and an integer next to it always; with a = 2^(f-1) it
rounds half up, as snni.model.reference does without a generator. Gradients pass a rounding as if it were not there
(the straight-through estimator: Bengio, Leonard, Courville, arXiv 1308.3432).
"""

from __future__ import annotations

import torch
from torch import Tensor


def straight_through(rounded: Tensor, exact: Tensor) -> Tensor:
    """The value of `rounded`, the gradient of `exact`."""
    return exact + (rounded - exact).detach()


def drawn(x: Tensor, shift: int) -> Tensor:
    """What truncation by `shift` bits adds before it drops them: whole numbers, uniform in 0..2^shift - 1, like x."""
    return torch.rand_like(x).mul_(float(1 << shift)).floor_()


def half(shift: int) -> float:
    """The same where it rounds half up: 2^(shift-1), 0 for no shift."""
    return float((1 << shift) >> 1)


def truncated(x: Tensor, shift: int, added: Tensor | float) -> Tensor:
    """floor((x + added) / 2^shift), the gradient of x / 2^shift. x: whole numbers, exact in its type with `added`."""
    if shift == 0:
        return x
    rounded = (x.detach() + added).div_(float(1 << shift)).floor_()
    return straight_through(rounded, x / float(1 << shift)) if x.requires_grad else rounded


def centred(x: Tensor, bits: int) -> Tensor:
    """Representatives in [-2^(bits-1), 2^(bits-1)) of whole numbers x mod 2^bits; the gradient of x."""
    ring = float(1 << bits)
    return x - (x.detach() + ring / 2).div_(ring).floor_().mul_(ring)


def whole(x: Tensor) -> Tensor:
    """The nearest whole number, halves to even as the compiler's; the gradient of x."""
    return straight_through(torch.round(x.detach()), x)


def limited(x: Tensor, limit: int) -> Tensor:
    """The nearest whole number in -limit..limit; no gradient beyond."""
    return whole(x.clamp(-limit, limit))
