"""Levels and action units of drawn crops as a task of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor, nn

from training.data.dataset import Crops, batches
from training.default.action_units import WithActionUnits, action_unit_loss, strengths_of
from training.default.hyperparameters import Hyperparameters
from training.default.measures import evaluate, summary
from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.optimisers import adamw
from training.engine.schedules import scaled
from training.engine.state import State
from training.engine.task import Epoch, Task, Validation
from training.loss.classes import ordinal_loss
from training.networks.squeezenet import SqueezeNet, initialised


@dataclass(frozen=True)
class Batch:
    """inputs: float [b, 3, side, side] in [0, 1]. levels: int64 [b]. strengths: float [b, 8], see action_units."""

    inputs: Tensor
    levels: Tensor
    strengths: Tensor

    def __len__(self) -> int:
        return len(self.levels)


def train(
    crops: Crops, validation: Crops, settings: Hyperparameters, checkpoint: Path, fresh: bool, console: Console
) -> State:
    """All epochs that the checkpoint has not seen. The state's network is one WithActionUnits.

    Raises:
        CheckpointError: the checkpoint is of other settings or crops, or unreadable.
    """
    torch.manual_seed(settings.seed)
    state = begin(initialised(), settings)
    kept = Checkpoint(checkpoint, {"network": "squeezenet", "crops": len(crops), **asdict(settings)})
    if fresh:
        kept.discard()
    elif kept.resume(state):
        console.print(f"going on after epoch {state.epoch}")
    fit(task_of(crops, validation, settings), state, console, kept)
    return state


def begin(network: SqueezeNet, settings: Hyperparameters) -> State:
    """Before the first epoch. Norms and biases do not decay."""
    module = WithActionUnits(network).to(memory_format=torch.channels_last)
    return State(module, adamw(module, settings.rate, settings.decay))


def task_of(crops: Crops, validation: Crops, settings: Hyperparameters) -> Task[Batch]:
    """To learn these crops as the settings say."""

    def drawn(epoch: int) -> Iterator[Batch]:
        rng = np.random.default_rng([settings.seed, epoch])
        for inputs, chosen in batches(crops, settings.batch, settings.size_at(epoch), rng):
            yield _batch(crops, inputs, chosen)

    def loss(module: nn.Module, batch: Batch) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.bfloat16):
            scores, read = module(batch.inputs.to(memory_format=torch.channels_last))
        units = action_unit_loss(read, batch.strengths)
        return ordinal_loss(scores, batch.levels) + settings.hint_weight * units

    def validate(module: nn.Module, epoch: int) -> Validation:
        found = evaluate(module.get_submodule("network"), validation, settings.size_at(epoch))
        return Validation(found, summary(found))

    def row(epoch: Epoch) -> dict[str, Any]:
        side = settings.size_at(epoch.number - 1)
        told = {"epoch": epoch.number, "side": side, "loss": epoch.loss, "seconds": epoch.seconds}
        return told | dict(epoch.validation.values)

    def words(epoch: Epoch) -> str:
        side = settings.size_at(epoch.number - 1)
        return f"at {side} px: loss {epoch.loss:.3f}, {epoch.validation.words} ({epoch.seconds:.0f} s)"

    return Task(
        "epoch", settings.epochs, len(crops), drawn, loss, validate, scaled(settings.factor_at),
        lambda epoch: settings.seed * 1000 + epoch, clip=5.0, row=row, words=words,
    )  # fmt: skip


def _batch(crops: Crops, inputs: Tensor, chosen: NDArray[np.int64]) -> Batch:
    return Batch(inputs, torch.from_numpy(crops.levels[chosen]), strengths_of(crops.units[chosen]))
