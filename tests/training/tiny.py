"""A small network such as the registry has, crops that it learns in seconds, a run's folder of both. Nobody's data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from tests.snni.compile.networks import Fire
from training.data.batch import batch_of
from training.data.dataset import Crops
from training.data.pictures import DrawnPictures
from training.networks.registry import NETWORKS

SHAPE = (3, 32, 32)
LEVELS = 4
SIDE = 64
STEPS = 100


class Tiny(nn.Module):
    """SqueezeNet's parts on 32 x 32: a stem, two fires, either kind of pool, scores averaged under a ReLU."""

    def __init__(self, classes: int = LEVELS, pool: str = "max") -> None:
        super().__init__()
        less = nn.AvgPool2d(3, 2) if pool == "average" else nn.MaxPool2d(3, 2)
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), less, Fire(8, 6, 8), Fire(16, 6, 8), nn.Conv2d(16, 16, 1), nn.ReLU())
        )
        self.classifier = nn.Sequential(nn.Dropout(0.1), nn.Conv2d(16, classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
        nn.init.constant_(self.classifier[1].bias, 3.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


class Other(nn.Module):
    """Another network for the same pictures, larger than it need be."""

    def __init__(self, classes: int = LEVELS) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 16, 5, 4), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.head = nn.Linear(16, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.flatten(self.body(x), 1))


@contextmanager
def registered() -> Iterator[None]:
    """The networks under the names "tiny" and "other"."""
    before = dict(NETWORKS)
    for name, factory in (("tiny", Tiny), ("other", Other)):
        NETWORKS[name] = replace(NETWORKS["squeezenet"], factory=factory, input_shape=SHAPE, about="for tests")
    try:
        yield
    finally:
        NETWORKS.clear()
        NETWORKS.update(before)


def crops(people: int, each: int, seed: int) -> Crops:
    """Level n shows n of three bars, each of its own colour, under noise: `each` crops of every level a person."""
    rng = np.random.default_rng(seed)
    levels = np.tile(np.repeat(np.arange(LEVELS), each), people)
    images = rng.normal(90, 14, (len(levels), SIDE, SIDE, 3))
    for image, level in zip(images, levels, strict=True):
        for bar in range(level):
            image[6 + 18 * bar : 18 + 18 * bar, 6:58, bar] += rng.uniform(60, 110)
    identities = np.repeat(np.arange(people), LEVELS * each) + 1000 * seed
    units = np.zeros((len(levels), 10), np.float32)
    return Crops(images.clip(0, 255).astype(np.uint8), levels.astype(np.int64), units, identities.astype(np.int64))


def save_crops(folder: Path) -> Path:
    """train.npz, validation.npz and test.npz."""
    folder.mkdir(parents=True)
    for seed, (part, people) in enumerate((("train", 8), ("validation", 3), ("test", 5)), 1):
        np.savez(folder / f"{part}.npz", **vars(crops(people, 2, seed)))
    return folder


def save_run(folder: Path, data: Path, **said: Any) -> Path:
    """A network trained for a moment, in a folder as `./run train` leaves it."""
    folder.mkdir(parents=True)
    torch.manual_seed(3)
    module, train = Tiny(), DrawnPictures(Crops.load(data / "train.npz"))
    x, y = batch_of(train, np.arange(len(train.levels)), SHAPE).x, torch.from_numpy(train.levels)
    optimiser = torch.optim.Adam(module.parameters(), 5e-3)
    for _ in range(STEPS):
        optimiser.zero_grad()
        F.cross_entropy(module(x), y).backward()
        optimiser.step()
    save_file(module.state_dict(), folder / "float.safetensors")
    np.save(folder / "calibration.npy", batch_of(train, np.arange(0, len(train.levels), 2), SHAPE).x.numpy())
    metrics = {"network": "tiny", "classes": LEVELS, "licences": [], "data": "drawn faces; bars of nobody", "seed": 2}
    (folder / "metrics.json").write_text(json.dumps(metrics | said))
    return folder
