"""How good a network's levels are, measured on people it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.data.dataset import Crops, batches

LEVELS = 4


def measure(levels: NDArray[np.int64], predicted: NDArray[np.int64]) -> dict[str, Any]:
    """Accuracy, accuracy within one level, mean absolute error, Pearson's correlation (PCC), and the confusion matrix.

    Args:
        levels, predicted: int64 [n], 0..3, n >= 1.

    Returns:
        JSON values. confusion[true][predicted] counts; pcc is 0 when either side is constant.

    Raises:
        ValueError: the lengths differ or are 0.
    """
    if levels.shape != predicted.shape or levels.ndim != 1 or not len(levels):
        raise ValueError(f"two vectors of one length are needed, got {levels.shape} and {predicted.shape}")
    off = np.abs(levels - predicted)
    confusion = np.zeros((LEVELS, LEVELS), np.int64)
    np.add.at(confusion, (levels, predicted), 1)
    varied = levels.std() > 0 and predicted.std() > 0
    return {
        "count": len(levels),
        "accuracy": float((off == 0).mean()),
        "within_one": float((off <= 1).mean()),
        "mae": float(off.mean()),
        "pcc": float(np.corrcoef(levels, predicted)[0, 1]) if varied else 0.0,
        "confusion": confusion.tolist(),
    }


def summary(measured: dict[str, Any]) -> str:
    """One line of it."""
    return " ".join(f"{name} {measured[name]:.3f}" for name in ("accuracy", "within_one", "mae", "pcc"))


def predict(network: nn.Module, crops: Crops, side: int = 224, batch: int = 32) -> NDArray[np.float32]:
    """Scores in evaluation mode, float32 [n, 4]."""
    network.eval()
    with torch.inference_mode():
        scores = [network(inputs.to(memory_format=torch.channels_last)) for inputs, _ in batches(crops, batch, side)]
    return np.asarray(torch.cat(scores).float().numpy(), np.float32)


def evaluate(network: nn.Module, crops: Crops, side: int = 224) -> dict[str, Any]:
    """measure of the network's levels (the largest score's)."""
    return measure(crops.levels, predict(network, crops, side).argmax(1).astype(np.int64))
