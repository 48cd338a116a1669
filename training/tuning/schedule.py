"""How long, how fast and from which chance a network is fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.schedules import Adjust, scaled, warm_cosine
from training.errors import OptionError

WARM, LOWEST = 0.05, 0.1
"""The part of the steps in which the rate rises, and what it rises from."""


@dataclass(frozen=True)
class Schedule:
    """Attributes:
    epochs: passes over the crops, at least 0.
    batch: crops a step, at least 2.
    rate: the largest learning rate of AdamW; a twentieth of the steps warm up, then a cosine to zero.
    relative: whether the rate counts in sizes of each tensor (its root mean square) instead of absolutely.
    decay: of weights, not of biases and norms.
    seed: of shuffling, variation, dropout and rounding.

    Raises:
        OptionError: a number that makes no training.
    """

    epochs: int
    batch: int = 16
    rate: float = 2e-3
    relative: bool = True
    decay: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        if self.epochs < 0 or self.batch < 2 or not self.rate > 0 or self.decay < 0:
            raise OptionError("--epochs must be 0 or more, --batch 2 or more, --rate above 0, --decay 0 or more")

    def factor(self, done: float) -> float:
        """Of the rate, when this part (0..1) of all steps is done."""
        return warm_cosine(done, WARM, LOWEST)

    @property
    def adjust(self) -> Adjust:
        """For an optimiser whose groups know the rate that they begin with."""
        return scaled(lambda epochs: self.factor(epochs / self.epochs))
