"""How the learning rate goes: each sets an optimiser's rates when so many epochs, with a fraction, are done.

A schedule multiplies the rate that each group of the optimiser began with (`initial`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

Adjust = Callable[[torch.optim.Optimizer, float], None]


def scaled(factor: Callable[[float], float]) -> Adjust:
    """Each group's own rate times factor(epochs done)."""

    def adjust(optimiser: torch.optim.Optimizer, done: float) -> None:
        part = factor(done)
        for group in optimiser.param_groups:
            group["lr"] = group["initial"] * part

    return adjust


def warm_cosine(progress: float, warm: float, lowest: float, whole: float = 1.0) -> float:
    """From `lowest` to 1 until `warm`, then a cosine to 0 at `whole`. All three count in the same unit."""
    if progress < warm:
        return lowest + (1 - lowest) * progress / warm
    return 0.5 * (1 + math.cos(math.pi * (progress - warm) / (whole - warm)))


def cosine_by_epoch(epochs: int) -> Callable[[float], float]:
    """From 1 towards 0, the same within an epoch: torch's CosineAnnealingLR."""
    return lambda done: 0.5 * (1 + math.cos(math.pi * int(done) / epochs))


def constant(done: float) -> float:
    """Always 1."""
    return 1.0


def one_cycle(epochs: int, examples: int, batch: int, warm: float) -> Adjust:
    """L. N. Smith, N. Topin, "Super-convergence", arXiv 1708.07120, as torch's OneCycleLR: the rate rises from a 25th
    by a cosine for `warm` of the steps, then falls to a ten thousandth of that; Adam's first moment goes the other way,
    between 0.95 and 0.85."""
    steps = -(-examples // batch)
    total = max(2, steps * epochs + 1)
    turn = warm * total - 1

    def adjust(optimiser: torch.optim.Optimizer, done: float) -> None:
        epoch = int(done)
        step = epoch * steps + round((done - epoch) * examples / batch)
        rising = step <= turn
        part = step / turn if rising and turn > 0 else 1.0 if rising else (step - turn) / (total - 1 - turn)
        for group in optimiser.param_groups:
            low = group["initial"] / 25
            start, end = (low, group["initial"]) if rising else (group["initial"], low / 1e4)
            group["lr"] = _between(start, end, part)
            moment = _between(0.95, 0.85, part) if rising else _between(0.85, 0.95, part)
            group["betas"] = (moment, *group["betas"][1:])

    return adjust


def _between(start: float, end: float, part: float) -> float:
    """By a cosine, 0..1 of the way."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)
