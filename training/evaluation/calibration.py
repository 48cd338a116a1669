"""Whether probabilities mean what they say: of the answers given with 80 %, are 80 % right?

C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017, section 2: crops are
put into bins of equal width by confidence, the largest probability. The expected calibration error (ECE) is the mean
over crops of their bin's |accuracy - mean confidence|.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.evaluation.predictions import Predictions

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Crops with a confidence in (low, high]: how many, their mean confidence, and the part of them that is right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(predictions: Predictions, bins: int = BINS) -> list[Bin]:
    """The bins that are not empty, by rising confidence. Raises ValueError for fewer than one bin."""
    if bins < 1:
        raise ValueError(f"at least one bin, not {bins}")
    confidence = predictions.probabilities.max(axis=1)
    right = predictions.estimated == predictions.levels
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    found = []
    for index in np.unique(place):
        mine = place == index
        found.append(
            Bin(
                float(edges[index]),
                float(edges[index + 1]),
                int(mine.sum()),
                float(confidence[mine].mean()),
                float(right[mine].mean()),
            )
        )
    return found


def ece(predictions: Predictions, bins: int = BINS) -> float:
    """Expected calibration error, 0..1."""
    parts = reliability(predictions, bins)
    return sum(part.count * abs(part.accuracy - part.confidence) for part in parts) / len(predictions)
