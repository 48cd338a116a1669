"""The training loop: seeded, resumable after every epoch, coarse pictures first."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.coach import Coach, hint_loss, hints_of
from training.data.dataset import Crops, batches
from training.losses import ordinal_loss
from training.metrics import measure
from training.networks.squeezenet import SqueezeNet


@dataclass(frozen=True)
class Recipe:
    """Attributes:
    epochs: passes over the crops, at least 1.
    batch: crops a step.
    rate: the peak learning rate of AdamW; one epoch of warming up, then a cosine to zero.
    hint_weight: of the action units' loss (see coach.py).
    decay: of the weights; it also keeps activations small, which 8-bit arithmetic needs.
    sizes: (part of the epochs done, side in pixels): until that part, crops are shrunk to that side; last (1, 224).
    bfloat16: multiply in bfloat16 while training; measuring is always in float32.
    seed: of shuffling, augmentation and dropout.
    """

    epochs: int = 20
    batch: int = 48
    rate: float = 2e-3
    hint_weight: float = 8.0
    decay: float = 0.02
    sizes: tuple[tuple[float, int], ...] = ((0.4, 128), (0.7, 176), (1.0, 224))
    bfloat16: bool = True
    seed: int = 1

    def size_at(self, epoch: int) -> int:
        """Side of the crops in an epoch counted from 0."""
        return next(side for until, side in self.sizes if epoch < until * self.epochs)

    def rate_at(self, progress: float) -> float:
        """Learning rate when `progress` (in epochs, may be fractional) are done."""
        warm = min(1.0, 0.5 * self.epochs)
        if progress < warm:
            return self.rate * (0.05 + 0.95 * progress / warm)
        return self.rate * 0.5 * (1 + math.cos(math.pi * (progress - warm) / (self.epochs - warm)))


@dataclass
class Progress:
    """Where training is: everything a checkpoint holds."""

    coach: Coach
    optimiser: torch.optim.Optimizer
    epoch: int
    history: list[dict[str, Any]]

    @classmethod
    def start(cls, network: SqueezeNet, recipe: Recipe) -> Progress:
        """Before the first epoch. Norms and biases do not decay."""
        coach = Coach(network).to(memory_format=torch.channels_last)
        thick = [p for p in coach.parameters() if p.ndim > 1]
        thin = [p for p in coach.parameters() if p.ndim <= 1]
        groups = [{"params": thick, "weight_decay": recipe.decay}, {"params": thin, "weight_decay": 0.0}]
        return cls(coach, torch.optim.AdamW(groups, lr=recipe.rate), 0, [])

    def save(self, path: Path) -> None:
        """Replace the checkpoint at path, whole or not at all."""
        partial = path.with_suffix(".partial")
        state = {"coach": self.coach.state_dict(), "optimiser": self.optimiser.state_dict()}
        torch.save({**state, "epoch": self.epoch, "history": self.history}, partial)
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same network. Raises OSError, RuntimeError (names differ)."""
        state = torch.load(path, weights_only=True)
        self.coach.load_state_dict(state["coach"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch, self.history = state["epoch"], state["history"]


def run_epoch(progress: Progress, crops: Crops, recipe: Recipe, report: Callable[[int], None]) -> float:
    """One pass; returns the mean loss. report(crops done) is called after each step."""
    coach, optimiser, epoch = progress.coach.train(), progress.optimiser, progress.epoch
    rng = np.random.default_rng([recipe.seed, epoch])
    torch.manual_seed(recipe.seed * 1000 + epoch)
    done, total = 0, 0.0
    for inputs, chosen in batches(crops, recipe.batch, recipe.size_at(epoch), rng):
        if len(chosen) < 2:
            continue  # batch norm needs two
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate_at(epoch + done / len(crops))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=recipe.bfloat16):
            scores, hints = coach(inputs.to(memory_format=torch.channels_last))
        loss = ordinal_loss(scores, torch.from_numpy(crops.levels[chosen]))
        loss = loss + recipe.hint_weight * hint_loss(hints, hints_of(crops.units[chosen]))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(coach.parameters(), 5.0)
        optimiser.step()
        done += len(chosen)
        total += loss.item() * len(chosen)
        report(done)
    progress.epoch += 1
    return total / max(done, 1)


@torch.inference_mode()
def predict(network: nn.Module, crops: Crops, side: int = 224, batch: int = 32) -> NDArray[np.float32]:
    """Scores in evaluation mode, float32 [n, 4]."""
    network.eval()
    scores = [network(inputs.to(memory_format=torch.channels_last)) for inputs, _ in batches(crops, batch, side)]
    return np.asarray(torch.cat(scores).float().numpy(), np.float32)


def evaluate(network: nn.Module, crops: Crops, side: int = 224) -> dict[str, Any]:
    """metrics.measure of the network's levels (the largest score's)."""
    return measure(crops.levels, predict(network, crops, side).argmax(1).astype(np.int64))
