"""Fine-tuning on crops as a task of the engine: what integer-aware training and distillation share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from torch import nn

from training.data.batch import Batch, Loss, Shape, batches
from training.data.pictures import Pictures
from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.optimisers import adamw_by_tensor
from training.engine.state import State
from training.engine.task import Task, Validation
from training.tuning.agreement import measured
from training.tuning.schedule import Schedule


@dataclass(frozen=True)
class Tuning:
    """What is tuned on what. loss: of the network in training on a batch. shape: [C, H, W] of an input."""

    train: Pictures
    validation: Pictures
    shape: Shape
    loss: Loss
    schedule: Schedule


def tune(network: nn.Module, tuning: Tuning, run: str, checkpoint: Path, fresh: bool, console: Console) -> State:
    """Every epoch that the checkpoint has not seen, if there is one; it is replaced after each.

    Args:
        network: changed in place.
        run: names network and data, so that another run's checkpoint is refused.

    Raises:
        CheckpointError: the checkpoint is of another network, data or schedule, or unreadable.
    """
    state = begin(network, tuning.schedule)
    kept = Checkpoint(checkpoint, {"run": run, **asdict(tuning.schedule)})
    if fresh:
        kept.discard()
    elif kept.resume(state):
        console.print(f"{checkpoint.name}: going on after epoch {state.epoch}")
    fit(task_of(tuning), state, console, kept)
    return state


def begin(network: nn.Module, schedule: Schedule) -> State:
    """Before the first epoch."""
    return State(network, adamw_by_tensor(network, schedule.rate, schedule.decay, relative=schedule.relative))


def task_of(tuning: Tuning) -> Task[Batch]:
    """For the engine's loop."""
    schedule, shape = tuning.schedule, tuning.shape

    def varied(epoch: int) -> Iterator[Batch]:
        return batches(tuning.train, schedule.batch, shape, np.random.default_rng([schedule.seed, epoch]))

    def validate(network: nn.Module, epoch: int) -> Validation:
        found = measured(network, tuning.validation, shape)
        return Validation(asdict(found), str(found))

    return Task(
        "epoch", schedule.epochs, len(tuning.train.levels), varied, tuning.loss, validate, schedule.adjust,
        lambda epoch: schedule.seed * 1000 + epoch, clip=5.0,
    )  # fmt: skip
