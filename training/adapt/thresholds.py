"""A site's thresholds: moved up until calm photographs are called pain as seldom as wanted, and no further.

A picture's margin is how far all thresholds could rise until it is no longer called pain. The move is the smallest one
that leaves at most a part p of calm photographs above it, by the order statistic that holds for one more photograph
of the same kind: the ceil((n + 1)(1 - p))-th of n (split conformal prediction: H. Papadopoulos et al., ECML 2002; A. N.
Angelopoulos and S. Bates, arXiv 2107.07511, section 1). It is held back where drawn faces in pain would be lost.

A move by c takes k * c off the score of level k, which moves every boundary between levels by the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.errors import OptionError

PAIN = 2
"""The level from which on it is pain."""
MOST_LOST = 0.05
"""The part of drawn faces in pain that a move may lose at most."""
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Move:
    """wanted: by how much the thresholds should rise. made: by how much they do, held back by drawn pain."""

    wanted: float
    made: float

    @property
    def held_back(self) -> bool:
        """Whether calm photographs will be called pain more often than was asked for."""
        return self.made < self.wanted


def margins(scores: Tensor) -> Reals:
    """Of scores [n, L]: how far thresholds can rise until the level is below PAIN; negative where it is already.

    Level k's score falls by k for each unit, so k overtakes j < k where their difference is k - j times the move.
    """
    s = scores.double().numpy()
    levels = range(s.shape[1])
    lost = [np.min([(s[:, k] - s[:, j]) / (k - j) for j in levels if j < PAIN], axis=0) for k in levels if k >= PAIN]
    return np.asarray(np.max(lost, axis=0))


def move_for(calm: Reals, pain: Reals, part: float) -> Move:
    """The move after which at most `part` (0..1) of calm faces are called pain.

    Args:
        calm: margins of calm photographs. pain: of drawn faces in pain.

    Raises:
        OptionError: there are too few photographs to tell.
    """
    if not 0 < part < 1:
        raise OptionError(f"--false-calls must be between 0 and 1, got {part:g}")
    rank = math.ceil((len(calm) + 1) * (1 - part))
    if rank > len(calm):
        raise OptionError(f"{len(calm)} photographs held back cannot show {part:.1%} of false calls: "
                          f"{math.ceil(1 / part) - 1} are needed, or a larger --false-calls")  # fmt: skip
    wanted = max(0.0, float(np.sort(calm)[rank - 1]))
    found = np.sort(pain[pain > 0])
    room = float(found[math.floor(MOST_LOST * len(found))]) if len(found) else 0.0
    return Move(wanted, min(wanted, float(np.nextafter(room, 0.0))))


def moved(head: nn.Module, by: float) -> None:
    """Move the thresholds of a network whose last layer is `head`. Raises OptionError: it has no bias for levels."""
    if not isinstance(head, nn.Linear) or head.bias is None:
        raise OptionError("thresholds can be moved where the last layer is linear; leave --calm out")
    with torch.no_grad():
        head.bias -= by * torch.arange(len(head.bias), dtype=head.bias.dtype)
