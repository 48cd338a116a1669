"""Fine-tuning on drawn faces with an anchor to the start, as a task of the engine.

Drawn faces alone would teach the network to forget real ones. So the network that training began with answers on every
picture too, drawn ones and the package's photographs, and leaving its answers costs (learning without forgetting:
Z. Li, D. Hoiem, arXiv 1606.09282). Only the blocks that see whole features learn. What ends training needs no labelled
photograph: the loss on drawn people that are not trained on, and how far answers moved on photographs that are not.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional

from training.data.augment import Augmentation
from training.data.batch import batch_of, batches
from training.data.dataset import shrink, to_input, vary
from training.data.inputs import Images
from training.data.pictures import Parts
from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.optimisers import adamw_by_tensor
from training.engine.state import State
from training.engine.stopping import end_with_the_kept
from training.engine.task import EarlyStop, Task, Validation
from training.expression.start import LEARNING, learn_from
from training.loss.classes import ordinal_loss
from training.networks.expression import INPUT_SHAPE, ExpressionNet
from training.tuning.agreement import agreement, scores
from training.tuning.schedule import Schedule

PHOTOGRAPHED = Augmentation(rotation_deg=15, colour=0.4, occlusion=0.3, blur=0.3, blur_px=4.0, low_light=0.3)
"""What a camera in a room would do to a photograph; the anchor must hold there as well."""
REACH_PX = 16
HELD = 3
"""Of the photographs every so-many-th is watched, not trained on."""
VIEWS = 48
"""Of the photographs that are watched."""
PATIENCE = 4


@dataclass(frozen=True)
class Anchor:
    """soft: of the loss on drawn crops, the start's answers, 0..1. photographs: weight of the loss on them; each batch
    has half as many of them as of drawn crops."""

    soft: float = 0.5
    photographs: float = 1.0


@dataclass(frozen=True)
class Batch:
    """inputs: float [b, 3, 224, 224]. levels: int64 [b]. anchors: float [a, 3, 224, 224], a may be 0."""

    inputs: Tensor
    levels: Tensor
    anchors: Tensor

    def __len__(self) -> int:
        return len(self.levels)


def tuned(
    start: ExpressionNet, parts: Parts, photographs: Images, schedule: Schedule, anchor: Anchor, checkpoint: Path,
    fresh: bool, console: Console,
) -> State:  # fmt: skip
    """A copy of the start, trained; in evaluation mode, with the weights of the best epoch.

    Raises:
        CheckpointError: the checkpoint is of another run, or unreadable. DivergedError.
    """
    network = copy.deepcopy(start)
    learn_from(network)
    state = State(network, adamw_by_tensor(network, schedule.rate, schedule.decay, relative=schedule.relative))
    run = {"photographs": len(photographs), "crops": len(parts.train.levels), **asdict(anchor), **asdict(schedule)}
    kept = Checkpoint(checkpoint, run)
    if fresh:
        kept.discard()
    elif kept.resume(state):
        console.print(f"going on after epoch {state.epoch}")
    fit(task_of(start, parts, photographs, schedule, anchor), state, console, kept)
    end_with_the_kept(state)
    network.eval()
    return state


def task_of(start: ExpressionNet, parts: Parts, photographs: Images, schedule: Schedule, anchor: Anchor) -> Task[Batch]:
    """For the engine's loop."""
    watched = np.arange(len(photographs)) % HELD == 0
    mine, theirs = photographs[~watched], photographs[watched]
    held = _views(theirs, VIEWS, np.random.default_rng([schedule.seed, 48]))
    before = _scores(start, held)

    def drawn(epoch: int) -> Iterator[Batch]:
        rng = np.random.default_rng([schedule.seed, epoch])
        for batch in batches(parts.train, schedule.batch, INPUT_SHAPE, rng):
            anchors = _views(mine, len(batch) // 2, rng)
            yield Batch(batch.x, torch.from_numpy(batch.levels), anchors)

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        found = network(batch.inputs)
        hard, moved = ordinal_loss(found, batch.levels), _moved(found, _scores(start, batch.inputs))
        total = (1 - anchor.soft) * hard + anchor.soft * moved
        if len(batch.anchors):
            total = total + anchor.photographs * _moved(network(batch.anchors), _scores(start, batch.anchors))
        return total

    def validate(network: nn.Module, epoch: int) -> Validation:
        chosen = batch_of(parts.validation, np.arange(len(parts.validation.levels)), INPUT_SHAPE)
        found = _scores(network, chosen.x)
        hard = float(ordinal_loss(found, torch.from_numpy(chosen.levels)))
        moved = float(_moved(_scores(network, held), before)) if len(held) else 0.0
        near = agreement(parts.validation.levels, found.argmax(1).numpy())
        values = {"loss": (1 - anchor.soft) * hard + anchor.photographs * moved, "drawn": hard, "moved": moved}
        return Validation(values | asdict(near), f"{values['loss']:.4f} (moved {moved:.4f}), {near}")

    return Task(
        "epoch", schedule.epochs, len(parts.train.levels), drawn, loss, validate, schedule.adjust,
        lambda epoch: schedule.seed * 1000 + epoch, clip=5.0, stop=EarlyStop(PATIENCE, "loss"), keep="loss",
        blocks=LEARNING,
    )  # fmt: skip


def _moved(found: Tensor, before: Tensor) -> Tensor:
    """How far scores, less what they share, are from others: Huber's loss, float []."""
    return functional.huber_loss(found - found.mean(1, keepdim=True), before - before.mean(1, keepdim=True))


def _scores(network: nn.Module, inputs: Tensor) -> Tensor:
    """In evaluation mode, without gradients: float [n, levels]."""
    mode = network.training
    parts = scores(network, inputs.split(16)) if len(inputs) else []
    network.train(mode)
    return torch.cat(parts).float() if parts else torch.zeros(0, 4)


def _views(photographs: Images, count: int, rng: np.random.Generator) -> Tensor:
    """So many of them, changed as a camera would: float [count, 3, 224, 224]; none where there is no photograph."""
    if not len(photographs) or not count:
        return torch.zeros(0, *INPUT_SHAPE)
    chosen: NDArray[np.int64] = rng.integers(0, len(photographs), count)
    side = INPUT_SHAPE[1]
    views = [PHOTOGRAPHED(shrink(vary(photographs[one], rng, REACH_PX), side), rng) for one in chosen]
    return to_input(np.stack(views))
