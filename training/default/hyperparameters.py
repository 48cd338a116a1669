"""How the network of drawn faces is trained: coarse pictures first."""

from __future__ import annotations

from dataclasses import dataclass

from training.engine.schedules import warm_cosine


@dataclass(frozen=True)
class Hyperparameters:
    """Attributes:
    epochs: passes over the crops, at least 1.
    batch: crops a step.
    rate: the peak learning rate of AdamW; one epoch of warming up, then a cosine to zero.
    hint_weight: of the action units' loss (see action_units.py).
    decay: of the weights; it also keeps activations small, which 8-bit arithmetic needs.
    sizes: (part of the epochs done, side in pixels): until that part, crops are shrunk to that side; last (1, 224).
    bfloat16: multiply in bfloat16 while training; measuring is always in float32.
    seed: of shuffling, augmentation and dropout.
    """

    epochs: int = 20
    batch: int = 48
    rate: float = 2e-3
    hint_weight: float = 8.0
    decay: float = 0.02
    sizes: tuple[tuple[float, int], ...] = ((0.4, 128), (0.7, 176), (1.0, 224))
    bfloat16: bool = True
    seed: int = 1

    def size_at(self, epoch: int) -> int:
        """Side of the crops in an epoch counted from 0."""
        return next(side for until, side in self.sizes if epoch < until * self.epochs)

    def factor_at(self, progress: float) -> float:
        """Of the rate, when `progress` (in epochs, may be fractional) are done."""
        return warm_cosine(progress, min(1.0, 0.5 * self.epochs), 0.05, self.epochs)
