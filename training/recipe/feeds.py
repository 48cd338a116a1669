"""What a stage learns from, batch by batch: crops read from disk as they are needed, or features computed once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.backbones import Backbone
from training.data.inputs import fitted
from training.data.smote import smote
from training.datasets.choice import sampling_weights
from training.datasets.crop_set import CropSet
from training.engine.progress import Step
from training.recipe.schema import Stage
from training.recipe.sources import StageData

DESCRIBED = 64
"""Crops that are in memory at once while features are computed."""


@dataclass(frozen=True)
class Examples:
    """A batch on the device. inputs: float [b, ...]. classes: int64 [b]."""

    inputs: Tensor
    classes: Tensor

    def __len__(self) -> int:
        return len(self.classes)


class Feed(Protocol):
    """training: examples of an epoch. levels: int64 [n], their classes before balancing."""

    @property
    def training(self) -> int: ...

    @property
    def levels(self) -> NDArray[np.int64]: ...

    def epoch(self, rng: np.random.Generator) -> Iterator[Examples]:
        """Inputs and classes, int64 [b], on the device: shuffled, balanced and changed as the stage says."""
        ...

    def validation(self) -> Iterator[Examples]:
        """The validation part in order, as it is."""
        ...


@dataclass(frozen=True)
class CropFeed:
    """Inputs are float [b, C, H, W] in [0, 1], of the network's shape."""

    parts: StageData
    stage: Stage
    shape: tuple[int, int, int]
    device: torch.device

    @property
    def training(self) -> int:
        """As Feed says."""
        return len(self.parts.train)

    @property
    def levels(self) -> NDArray[np.int64]:
        """As Feed says."""
        return self.parts.train.classes

    def epoch(self, rng: np.random.Generator) -> Iterator[Examples]:
        """As Feed says."""
        balanced = self.stage.balance == "sampling"
        return self._placed(
            self.parts.train.batches(self.stage.batch, rng, balanced=balanced, change=self.stage.change)
        )

    def validation(self) -> Iterator[Examples]:
        """As Feed says."""
        return self._placed(self.parts.validation.batches(self.stage.batch))

    def _placed(
        self, batches: Iterator[tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]]
    ) -> Iterator[Examples]:
        for crops, classes, _ in batches:
            pixels = torch.from_numpy(np.stack(fitted(crops, self.shape)))
            yield Examples(pixels.to(self.device).float() / 255, torch.from_numpy(classes).to(self.device))


@dataclass(frozen=True)
class FeatureFeed:
    """Inputs are float [b, width]: features float32 [n, width] of the frozen network."""

    features: NDArray[np.float32]
    levels: NDArray[np.int64]
    checked: NDArray[np.float32]
    checked_levels: NDArray[np.int64]
    stage: Stage
    device: torch.device

    @classmethod
    def of(
        cls, parts: StageData, stage: Stage, describer: Backbone, cache: Path, device: torch.device, step: Step
    ) -> FeatureFeed:
        """Described now, or read from the cache, a folder."""
        train, validation = (described(part, describer, cache, step)
                             for part in (parts.train, parts.validation))  # fmt: skip
        return cls(train, parts.train.classes, validation, parts.validation.classes, stage, device)

    @property
    def training(self) -> int:
        """As Feed says."""
        if self.stage.balance != "smote":
            return len(self.levels)
        counts = np.unique(self.levels, return_counts=True)[1]
        return int(counts.max() * len(counts))

    def epoch(self, rng: np.random.Generator) -> Iterator[Examples]:
        """As Feed says."""
        features, levels = self.features, self.levels
        order = rng.permutation(len(levels))
        if self.stage.balance == "sampling":
            order = rng.choice(len(levels), len(levels), p=sampling_weights(levels.tolist()))
        elif self.stage.balance == "smote":
            features, levels = smote(features, levels, rng)
            order = rng.permutation(len(levels))
        for first in range(0, len(order), self.stage.batch):
            chosen = order[first : first + self.stage.batch]
            yield self._placed(features[chosen], levels[chosen])

    def validation(self) -> Iterator[Examples]:
        """As Feed says."""
        for first in range(0, len(self.checked), self.stage.batch):
            last = first + self.stage.batch
            yield self._placed(self.checked[first:last], self.checked_levels[first:last])

    def _placed(self, features: NDArray[np.float32], levels: NDArray[np.int64]) -> Examples:
        return Examples(torch.from_numpy(features).to(self.device), torch.from_numpy(levels).to(self.device))


def described(part: CropSet, describer: Backbone, cache: Path, step: Step) -> NDArray[np.float32]:
    """Features float32 [n, width] of a part's crops in order; kept in cache for who goes on after an interruption."""
    digest = sample_digest(part, describer)
    path = cache / f"{digest}.npy"
    if path.is_file():
        return np.asarray(np.load(path, allow_pickle=False), np.float32)
    rows = [np.zeros((0, describer.width), np.float32)]
    for first in range(0, len(part), DESCRIBED):
        crops = [part.crop(index) for index in range(first, min(first + DESCRIBED, len(part)))]
        rows.append(describer.describe(np.stack(crops)))
        step(f"features by {describer.name}", first + len(crops), len(part))
    features = np.concatenate(rows)
    cache.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, features)
    partial.replace(path)
    return features


def sample_digest(part: CropSet, describer: Backbone) -> str:
    """Names features: of which network, of which crops."""
    digest = hashlib.sha256(f"{describer.name} {describer.digest}\n".encode())
    for sample in part.samples:
        digest.update(f"{sample.checksum} {sample.frame}\n".encode())
    return digest.hexdigest()[:32]
