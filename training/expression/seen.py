"""What the first reader makes of crops: its answer, and the features that the second one and the switch read.

They are computed once, since the first reader stays as it is; training then takes no longer than a small network does.
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
from training.networks.expression import WIDTHS
from training.networks.two_readers import BOUND, LOW_SIDE, MIDDLE_SIDE, TwoReaders

BATCH = 16
LOW = (WIDTHS[1], LOW_SIDE, LOW_SIDE)
MIDDLE = (WIDTHS[2], MIDDLE_SIDE, MIDDLE_SIDE)


@dataclass(frozen=True)
class Seen:
    """low: float16 [n, 64, 28, 28]. middle: [n, 128, 14, 14]. means: of each channel, float32 [n, 192], low ones first.
    first: float32 [n], z_1, of all that read photographs."""

    low: Tensor
    middle: Tensor
    means: Tensor
    first: Tensor

    def __len__(self) -> int:
        return len(self.first)


def look(network: TwoReaders, crops: Iterable[Picture], count: int) -> Seen:
    """Of `count` crops uint8 [224, 224, 3], by a network whose first reader is set. 150 KB a crop."""
    seen = Seen(torch.empty(count, *LOW, dtype=torch.float16), torch.empty(count, *MIDDLE, dtype=torch.float16),
                torch.empty(count, LOW[0] + MIDDLE[0]), torch.empty(count))  # fmt: skip
    for at, (low, middle, means, first) in _looked(network, crops):
        rows = slice(at, at + len(first))
        seen.low[rows], seen.middle[rows], seen.means[rows], seen.first[rows] = low, middle, means, first
    return seen


def means_of(network: TwoReaders, crops: Iterable[Picture]) -> Tensor:
    """What the switch reads alone, float32 [n, 192], of crops as above, at least one."""
    return torch.cat([means.clone() for _, (_, _, means, _) in _looked(network, crops)])


def _looked(network: TwoReaders, crops: Iterable[Picture]) -> Iterator[tuple[int, tuple[Tensor, ...]]]:
    """Where a batch begins, and its features, means and answers."""
    network.eval()
    at = 0
    for batch in _batches(crops):
        with torch.inference_mode():
            x = to_input(np.stack(batch)).contiguous(memory_format=torch.channels_last)
            whole, low, middle = network.features(x)
            yield (
                at,
                (low, middle, torch.cat(network.means(low, middle), 1), network.photographed(x, whole)[:, 0] - BOUND),
            )
        at += len(batch)


def _batches(crops: Iterable[Picture]) -> Iterator[list[Picture]]:
    left = iter(crops)
    while batch := list(islice(left, BATCH)):
        yield batch
