"""A second output used only while training: how strong each action unit is. It tells the network where to look.

The level is a sum of action units (PSPI); learning the terms beside the sum needs fewer examples than the sum alone.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.networks.squeezenet import SqueezeNet
from training.synth.units import STRENGTH

FEATURES = 512
UNITS = 8
"""AU4, 6, 7, 9, 10, 43, 12 and the jaw: the first columns of a crop's units."""
INTENSITIES = 5
"""Of these, those that are integer intensities (see STRENGTH)."""


class WithActionUnits(nn.Module):
    """A network and a linear reading of its last features, averaged over the picture."""

    def __init__(self, network: SqueezeNet) -> None:
        super().__init__()
        self.network = network
        self.reading = nn.Linear(FEATURES, UNITS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """float [n, 3, H, W] to the network's scores, float [n, 4], and the action units, float [n, 8], about 0..1."""
        features = self.network.embed(x)
        scores = torch.flatten(self.network.classifier(features), 1)
        return scores, self.reading(features.mean(dim=(2, 3)))


def strengths_of(units: NDArray[np.float32]) -> Tensor:
    """What the reading should be: float [n, 8] in 0..1, the amounts as drawn; units is float32 [n, 10]."""
    strengths = np.asarray(units[:, :UNITS], np.float32).copy()
    strengths[:, :INTENSITIES] = np.array(STRENGTH, np.float32)[strengths[:, :INTENSITIES].astype(int)]
    strengths[:, 6] /= 5  # AU12
    return torch.from_numpy(strengths)


def action_unit_loss(read: Tensor, wanted: Tensor) -> Tensor:
    """Huber's loss, float [], turning linear at a quarter of the range."""
    return functional.huber_loss(read.float(), wanted, delta=0.25)
