"""Crops in memory, and the changes made to them while training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.data.augment import Augmentation

DISTURBED = Augmentation(
    flip=0.0, rotation_deg=0.0, colour=0.0, occlusion=0.1, occlusion_area=0.08, blur=0.12, blur_px=2.0, low_light=0.1
)
"""On top of vary and relight, while training: something small in front, a soft lens, too little light."""


@dataclass(frozen=True)
class Crops:
    """Attributes:
    images: uint8 [n, 224, 224, 3] RGB.
    levels: int64 [n], 0..3.
    units: float32 [n, 10], the fields of ActionUnits in order.
    identities: int64 [n], who is in each.
    """

    images: NDArray[np.uint8]
    levels: NDArray[np.int64]
    units: NDArray[np.float32]
    identities: NDArray[np.int64]

    @classmethod
    def load(cls, path: Path) -> Crops:
        """Of a file that training.data.build wrote. Raises OSError, or KeyError for another kind of file."""
        with np.load(path) as arrays:
            return cls(arrays["images"], arrays["levels"], arrays["units"], arrays["identities"])

    def __len__(self) -> int:
        return len(self.levels)

    def part(self, indices: NDArray[np.int64]) -> Crops:
        """Some of them."""
        return Crops(self.images[indices], self.levels[indices], self.units[indices], self.identities[indices])


def balanced(crops: Crops, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Indices of about count crops, as many of each level as of any other."""
    levels = np.unique(crops.levels)
    chosen = [rng.permutation(np.flatnonzero(crops.levels == level))[: count // len(levels)] for level in levels]
    return rng.permutation(np.concatenate(chosen))


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """uint8 [n, H, W, 3] to float32 [n, 3, H, W] in [0, 1], the networks' input."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).to(torch.float32) / 255


def batches(
    crops: Crops, size: int, side: int = 224, rng: np.random.Generator | None = None
) -> Iterator[tuple[Tensor, NDArray[np.int64]]]:
    """Inputs, float [n, 3, side, side], and their indices, `size` at a time. With an rng: shuffled and augmented."""
    order = rng.permutation(len(crops)) if rng is not None else np.arange(len(crops))
    for first in range(0, len(order), size):
        chosen = order[first : first + size]
        if rng is None:
            yield to_input(np.stack([shrink(crops.images[index], side) for index in chosen])), chosen
        else:
            views = np.stack([DISTURBED(shrink(vary(crops.images[index], rng), side), rng) for index in chosen])
            yield relight(to_input(views), rng), chosen


def shrink(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """uint8 [H, W, 3] to [side, side, 3], by areas, so without aliasing."""
    if image.shape[0] == side and image.shape[1] == side:
        return image
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def vary(image: NDArray[np.uint8], rng: np.random.Generator, reach_px: int = 8) -> NDArray[np.uint8]:
    """Mirrored or not, moved and scaled by a few pixels: uint8 [H, W, 3], H and W a little different.

    A mirrored face does the same action units, and a detector's landmarks are off by some pixels.
    """
    size = image.shape[0] + int(rng.integers(-reach_px, reach_px + 1))
    y, x = rng.integers(0, image.shape[0] + 2 * reach_px - size + 1, 2)
    padded = cv2.copyMakeBorder(image, reach_px, reach_px, reach_px, reach_px, cv2.BORDER_REPLICATE)
    view: NDArray[np.uint8] = padded[y : y + size, x : x + size]
    return view[:, ::-1] if rng.uniform() < 0.5 else view


def relight(inputs: Tensor, rng: np.random.Generator) -> Tensor:
    """Each crop brighter or darker and of another white: float [n, 3, H, W] in [0, 1]."""
    count = len(inputs)
    gain = torch.from_numpy(rng.uniform(0.8, 1.2, (count, 1, 1, 1)) * rng.uniform(0.93, 1.07, (count, 3, 1, 1)))
    offset = torch.from_numpy(rng.uniform(-0.06, 0.06, (count, 1, 1, 1)))
    return (inputs * gain.float() + offset.float()).clamp_(0, 1)
