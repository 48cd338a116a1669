"""Crops as networks take them, varied while training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from training.data.dataset import relight, shrink, to_input, vary
from training.data.inputs import Images, fitted
from training.data.pictures import Levels, Pictures

Shape = tuple[int, ...]
"""[C, H, W] of an input."""


@dataclass(frozen=True)
class Batch:
    """crops: uint8 [b, H, W, 3], varied where they were to be. levels: int64 [b]. shape: [C, H, W] of an input."""

    crops: Images
    levels: Levels
    shape: Shape
    ordered: bool = True

    def __len__(self) -> int:
        return len(self.levels)

    @cached_property
    def x(self) -> Tensor:
        """float32 [b, C, H, W] in [0, 1], what the network takes."""
        return self.at(self.shape)

    def at(self, shape: Shape) -> Tensor:
        """The same for a network of another input shape. Raises InputError: crops make no such inputs."""
        return torch.from_numpy(np.stack(fitted(self.crops, shape))).float() / 255


Loss = Callable[[nn.Module, Batch], Tensor]
"""Of a network in training on a batch, float []."""


def batch_of(pictures: Pictures, indices: Levels, shape: Shape, rng: np.random.Generator | None = None) -> Batch:
    """Some crops; with an rng varied as in training: mirrored, moved, of another size and light."""
    crops = [pictures.crop(int(index)) for index in indices]
    if rng is not None:
        moved = np.stack([shrink(vary(crop, rng), crop.shape[0]) for crop in crops])
        lit = (relight(to_input(moved), rng) * 255).round().to(torch.uint8)
        crops = list(lit.permute(0, 2, 3, 1).numpy())
    return Batch(np.stack(crops), pictures.levels[indices], shape, pictures.ordered)


def batches(pictures: Pictures, size: int, shape: Shape, rng: np.random.Generator | None = None) -> Iterator[Batch]:
    """All crops, `size` at a time; with an rng shuffled and varied."""
    order = np.arange(len(pictures.levels)) if rng is None else rng.permutation(len(pictures.levels))
    for first in range(0, len(order), size):
        yield batch_of(pictures, order[first : first + size], shape, rng)
