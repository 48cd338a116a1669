"""How far levels that a network finds agree with the true ones, while it is tuned and afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from training.data.batch import Shape, batches
from training.data.pictures import Levels, Pictures
from training.evaluation.levels import correlation


@dataclass(frozen=True)
class Agreement:
    """accuracy 0..1; mae in levels; pcc -1..1, None where either side does not vary; crops measured."""

    accuracy: float
    mae: float
    pcc: float | None
    crops: int

    def __str__(self) -> str:
        pcc = "-" if self.pcc is None else f"{self.pcc:.3f}"
        return f"accuracy {self.accuracy:.3f}, mae {self.mae:.3f}, PCC {pcc}"


def measured(network: nn.Module, pictures: Pictures, shape: Shape, batch: int = 4) -> Agreement:
    """The level is the largest score's, the lowest of equals."""
    found = [part.numpy().argmax(1) for part in scores(network, (one.x for one in batches(pictures, batch, shape)))]
    return agreement(pictures.levels, np.concatenate(found).astype(np.int64))


def scores(network: nn.Module, inputs: Iterable[Tensor]) -> list[Tensor]:
    """Of each batch, float64, in evaluation mode. Chance in the network is seeded: they repeat."""
    network.eval()
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(0)
        return [network(x).double() for x in inputs]


def agreement(levels: Levels, found: Levels) -> Agreement:
    """Of levels found with the true ones."""
    pcc = correlation(levels.astype(float), found.astype(float))
    return Agreement(float((levels == found).mean()), float(np.abs(levels - found).mean()), pcc, len(levels))
