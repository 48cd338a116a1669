"""What the first reader makes of crops: its answer, and the features that the second one and the switch read.

They are computed once, since the first reader stays as it is; training then takes no longer than a linear layer does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from faces.image import Picture
from training.data.dataset import to_input
from training.networks.two_readers import BOUND, GRID, TwoReaders

BATCH = 16


@dataclass(frozen=True)
class Seen:
    """features: float16 [n, 9408], low ones first, each channel's cells together. first: float32 [n], z_1."""

    features: Tensor
    first: Tensor

    def __len__(self) -> int:
        return len(self.first)

    @property
    def means(self) -> Tensor:
        """Each channel's over its cells: float32 [n, 192]."""
        return self.features.float().unflatten(1, (-1, GRID * GRID)).mean(2)


def look(network: TwoReaders, crops: Iterable[Picture]) -> Seen:
    """Of crops uint8 [224, 224, 3], at least one, by a network whose first reader is set."""
    features, first = [], []
    network.eval()
    with torch.inference_mode():
        for batch in _batches(crops):
            whole, low, middle = network.features(
                to_input(np.stack(batch)).contiguous(memory_format=torch.channels_last)
            )
            features.append(torch.cat([low, middle], 1).half())
            first.append(network.first(whole)[:, 0] - BOUND)
    return Seen(torch.cat(features).clone(), torch.cat(first).clone())


def joined(parts: Iterable[Seen]) -> Seen:
    """One after the other."""
    every = list(parts)
    return Seen(torch.cat([one.features for one in every]), torch.cat([one.first for one in every]))


def _batches(crops: Iterable[Picture]) -> Iterator[list[Picture]]:
    left = iter(crops)
    while batch := list(islice(left, BATCH)):
        yield batch
