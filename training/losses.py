"""Losses for levels, which have an order: calling 3 a 0 is worse than calling it a 2."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def ordinal_loss(scores: Tensor, levels: Tensor, distance_weight: float = 0.5, smoothing: float = 0.05) -> Tensor:
    """Cross entropy, plus distance_weight times the distance of the expected level from the true one.

    Args:
        scores: float [n, 4], before softmax.
        levels: int64 [n], 0..3.
        distance_weight: of the second term, at least 0.
        smoothing: of the labels in the first, 0..1.

    Returns:
        float [], the mean over n.
    """
    scores = scores.float()
    order = torch.arange(scores.shape[1], dtype=scores.dtype)
    expected = (functional.softmax(scores, 1) * order).sum(1)
    distance = (expected - levels).abs().mean()
    return functional.cross_entropy(scores, levels, label_smoothing=smoothing) + distance_weight * distance
