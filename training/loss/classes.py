"""Losses for levels, which have an order: calling 3 a 0 is worse than calling it a 2. And those without an order.

All but ordinal_loss take the logarithms of probabilities, float [n, K], however these came of the scores: by softmax,
or by relu(x) / sum(relu(x)), which secure computation can do without exponentials (P. Mohassel, Y. Zhang, "SecureML",
IEEE S&P 2017; PPVC, arXiv 2102.03513, uses it to add up the probabilities of a video's frames).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

LEAST = 0.01
"""Added to each of relu's outputs before they are divided by their sum, so that none has an infinite logarithm."""
LEAK = 0.01
"""Slope that training sees where relu has cut a score to 0: else it could never come back."""


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


def log_probabilities(scores: Tensor, output: str) -> Tensor:
    """float [n, K]: log softmax of scores [n, K], or of relu(x) / sum(relu(x)) where output is "relu"."""
    scores = scores.float()
    if output == "softmax":
        return functional.log_softmax(scores, 1)
    cut = LEAK * scores.clamp_max(0)
    positive = functional.relu(scores) + LEAST + (cut - cut.detach())
    return torch.log(positive) - torch.log(positive.sum(1, keepdim=True))


def cross_entropy(logs: Tensor, levels: Tensor, weights: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
    """float []: -log of the true class's probability, each crop weighted by its class's weight (float [K])."""
    return functional.nll_loss(logs, levels, weights) * (1 - smoothing) - smoothing * logs.mean()


def focal(logs: Tensor, levels: Tensor, gamma: float = 2.0) -> Tensor:
    """T.-Y. Lin et al., "Focal loss for dense object detection", ICCV 2017, equation 4: (1 - p)^gamma times the cross
    entropy, so that what is known already counts less."""
    true = logs.gather(1, levels[:, None])[:, 0]
    return -((1 - true.exp()).clamp_min(0) ** gamma * true).mean()


def ordinal_categorical(logs: Tensor, levels: Tensor) -> Tensor:
    """(1 + w) times the cross entropy, w the distance of the most probable from the true class over K - 1: the ordinal
    categorical cross entropy of JHart96/keras_ordinal_categorical_crossentropy."""
    far = (logs.argmax(1) - levels).abs() / max(1, logs.shape[1] - 1)
    return -((1 + far) * logs.gather(1, levels[:, None])[:, 0]).mean()


def mean_absolute(logs: Tensor, levels: Tensor) -> Tensor:
    """The distance of the expected level from the true one."""
    order = torch.arange(logs.shape[1], dtype=logs.dtype, device=logs.device)
    return ((logs.exp() * order).sum(1) - levels).abs().mean()


def label_distribution(logs: Tensor, levels: Tensor, sigma: float = 1.0) -> Tensor:
    """Kullback-Leibler divergence from a Gaussian about the true level, cut at the ends and normalised: B.-B. Gao et
    al., "Deep label distribution learning with label ambiguity", IEEE TIP 26(6), 2017, section III. sigma in levels."""
    order = torch.arange(logs.shape[1], dtype=logs.dtype, device=logs.device)
    wanted = functional.softmax(-((order[None] - levels[:, None]) ** 2) / (2 * sigma**2), 1)
    return functional.kl_div(logs, wanted, reduction="batchmean")


def class_weights(levels: Tensor, classes: int) -> Tensor:
    """float [classes]: the inverse of how often each occurs in levels (int64 [n]), 1 on average over the crops; 0 for
    a class that does not occur."""
    counts = torch.bincount(levels, minlength=classes).float()
    there = counts > 0
    return torch.where(there, len(levels) / (counts.clamp_min(1) * there.sum()), torch.zeros_like(counts))
