"""Landmarks of drawn crops as a task of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional

from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.schedules import one_cycle
from training.engine.state import State
from training.engine.task import Task, Validation
from training.landmark_finder.crops import LandmarkSet, batches, varied
from training.networks.landmarker import Landmarker
from training.synth.landmarks import LANDMARKS

DECAY = 0.01
WARM = 0.1
"""Part of the steps in which the rate rises; then a cosine to zero."""


@dataclass(frozen=True)
class Settings:
    """epochs: passes over the crops. batch: crops a step. rate: the largest of AdamW. seed: of weights and chance."""

    epochs: int = 30
    batch: int = 32
    rate: float = 3e-3
    seed: int = 1


@dataclass(frozen=True)
class Batch:
    """inputs: float [b, 3, 112, 112] in [0, 1]. points: float [b, 24, 2], parts of the sides."""

    inputs: Tensor
    points: Tensor

    def __len__(self) -> int:
        return len(self.points)


class Chance:
    """Batches of one stream of chance that goes through all epochs; one that is taken up in the middle is gone
    through again until there."""

    def __init__(self, train: LandmarkSet, settings: Settings, device: torch.device) -> None:
        self._train, self._settings, self._device = train, settings, device
        self._rng, self._at = np.random.default_rng(settings.seed), 0

    def __call__(self, epoch: int) -> Iterator[Batch]:
        """Of an epoch, which is the next one, or any before the first was asked for."""
        while self._at < epoch:
            for _ in self._next():
                pass
        return self._next()

    def _next(self) -> Iterator[Batch]:
        self._at += 1
        for indices in batches(self._train, self._settings.batch, self._rng):
            yield Batch(*(one.to(self._device) for one in varied(self._train, indices, self._rng)))


def train(
    crops: LandmarkSet, settings: Settings, device: torch.device, console: Console, checkpoint: Checkpoint | None = None
) -> Landmarker:
    """A landmark finder trained from nothing, in evaluation mode, on the device.

    Raises:
        CheckpointError: the checkpoint is of another run, or unreadable.
    """
    torch.manual_seed(settings.seed)
    network = Landmarker(len(LANDMARKS))
    network.to(device).train()
    learning = {"params": list(network.parameters()), "initial": settings.rate}
    state = State(network, torch.optim.AdamW([learning], settings.rate, weight_decay=DECAY))
    if checkpoint is not None and checkpoint.resume(state):
        console.print(f"going on after epoch {state.epoch}")
    fit(_task(crops, settings, device), state, console, checkpoint)
    network.eval()
    return network


def checkpoint_of(path: Path, crops: LandmarkSet, settings: Settings) -> Checkpoint:
    """The checkpoint of a run with these settings."""
    return Checkpoint(path, {"network": "landmarks", "crops": len(crops), **vars(settings)})


def _task(crops: LandmarkSet, settings: Settings, device: torch.device) -> Task[Batch]:
    def loss(network: nn.Module, batch: Batch) -> Tensor:
        return functional.smooth_l1_loss(network(batch.inputs), batch.points, beta=0.01)

    return Task(
        "epoch", settings.epochs, len(crops), Chance(crops, settings, device), loss,
        lambda network, epoch: Validation({}, ""), one_cycle(settings.epochs, len(crops), settings.batch, WARM),
        lambda epoch: settings.seed * 1000 + epoch,
    )  # fmt: skip
