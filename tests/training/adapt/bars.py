"""A small network of four levels that learnt bars, and "photographs" of the same bars by a dim camera."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from tests.training.tiny import LEVELS, SHAPE, crops
from training.data.dataset import to_input
from training.datasets.crop_cache import CROPPED, CropCache
from training.datasets.labels import UNLABELLED
from training.datasets.licence import LICENCES
from training.datasets.manifest import PARTS, Manifest, Sample
from training.datasets.manifest_file import write_manifest

STEPS = 150
PEOPLE = (8, 4, 4)
"""For training, validation and test, with eight photographs each."""


class Bars(nn.Module):
    """A linear last layer over what two convolutions see."""

    def __init__(self, classes: int = LEVELS) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 12, 5, 4), nn.ReLU())
        self.upper = nn.Sequential(nn.Conv2d(12, 16, 3, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(16, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.upper(self.body(x)))


def dimmed(images: np.ndarray) -> np.ndarray:
    """By a camera that sees half the light, tinted, and little contrast."""
    return (images * np.array((0.7, 0.6, 0.5)) + 10).clip(0, 255).astype(np.uint8)


def save_bars(folder: Path, dim: bool, seed: int = 3, **said: object) -> Path:
    """A run's folder of a network that learnt bars, or bars as the dim camera sees them."""
    folder.mkdir(parents=True)
    seen = crops(10, 4, 7)
    images = dimmed(seen.images) if dim else seen.images
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = Bars()
        optimiser = torch.optim.Adam(module.parameters(), 1e-2)
        x = F.interpolate(to_input(images), SHAPE[1:], mode="area")
        y = torch.from_numpy(seen.levels)
        for _ in range(STEPS):
            optimiser.zero_grad()
            F.cross_entropy(module(x), y).backward()
            optimiser.step()
    save_file(module.state_dict(), folder / "float.safetensors")
    told = {"network": "bars", "classes": LEVELS, "licences": [], "data": "drawn faces; bars of nobody", "seed": seed}
    (folder / "metrics.json").write_text(json.dumps(told | said))
    return folder


def write_prepared(folder: Path, levels: tuple[int, ...] = tuple(range(LEVELS))) -> dict[str, np.ndarray]:
    """What `train prepare --photographs home` leaves; the true level of each photograph by part, which it does not."""
    cache, samples, truth = CropCache(folder / "crops"), list[Sample](), dict[str, np.ndarray]()
    for seed, (part, people) in enumerate(zip(PARTS, PEOPLE, strict=True), 20):
        seen = crops(people, 2, seed)
        chosen = np.flatnonzero(np.isin(seen.levels, levels))
        truth[part] = seen.levels[chosen]
        for index in chosen:
            checksum = f"{seed * 1000 + index:064x}"
            cache.put(checksum, 0, dimmed(seen.images[index]))
            path, who = f"{seen.identities[index]}/{index}.png", str(seen.identities[index])
            samples.append(Sample(path, who, path, 0, path, "", UNLABELLED, "home", part, checksum))
    assert cache.outcome(samples[0].checksum, 0) == CROPPED
    accepted = {"home": LICENCES["home"].digest}
    write_manifest(
        Manifest(tuple(samples), "photographs", "", "subject", UNLABELLED, accepted), folder / "manifest.csv"
    )
    return truth
