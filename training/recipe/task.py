"""A stage of a recipe as a task of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.engine.schedules import scaled
from training.engine.seeds import seed_of
from training.engine.task import EarlyStop, Epoch, Task, Validation
from training.recipe.blocks import blocks_of, prepare
from training.recipe.criterion import criterion_for, measure
from training.recipe.feeds import Examples, Feed
from training.recipe.job import Job


def task_of(job: Job, index: int, feed: Feed) -> Task[Examples]:
    """Of the index-th stage, on what it is fed with."""
    stage, entry = job.recipe.stages[index], job.start.entry
    blocks, factor = blocks_of(job.recipe, stage, entry), job.rate_factor(stage)
    criterion = criterion_for(stage, torch.from_numpy(np.asarray(feed.levels)), job.classes(index))

    def learning(network: nn.Module) -> nn.Module:
        return network.get_submodule(entry.head) if stage.features else network

    def batches(epoch: int) -> Iterator[Examples]:
        return feed.epoch(np.random.default_rng([job.start.seed, index, epoch]))

    def loss(network: nn.Module, batch: Examples) -> Tensor:
        return criterion(learning(network)(batch.inputs), batch.classes)

    def validate(network: nn.Module, epoch: int) -> Validation:
        found = measure(learning(network), feed.validation(), criterion, job.parts[index].ordered)
        return Validation(asdict(found), str(found))

    def row(epoch: Epoch) -> dict[str, Any]:
        rate = stage.optimiser.rate * factor(epoch.number - 1)
        told = {"stage": stage.name, "epoch": epoch.number, "loss": epoch.loss, "rate": rate}
        return told | {"validation": dict(epoch.validation.values)}

    return Task(
        stage.name, job.epochs(stage), feed.training, batches, loss, validate, scaled(factor),
        lambda epoch: seed_of(job.start.seed, index + 1, epoch), stage.optimiser.clip,
        mode=lambda network: prepare(network, blocks), stop=None if stage.stop is None else
        EarlyStop(stage.stop.patience, stage.stop.by), keep=stage.keep, blocks=blocks, row=row,
        words=lambda epoch: f"loss {epoch.loss:.4f}; validation {epoch.validation.words}",
    )  # fmt: skip
