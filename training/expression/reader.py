"""The second reader, learning: small convolutions over features that were computed before.

On drawn faces it learns levels, whose PSPI is exact, and beside them what adds up to it; on photographs it learns to
answer as the first reader does, so that a photograph that is taken for a drawing is still not called pain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional

from training.data.pictures import Levels
from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.optimisers import adamw
from training.engine.state import State
from training.engine.task import Task, Validation
from training.expression.levels import scores_of
from training.expression.seen import Seen
from training.expression.terms import TERMS
from training.loss.classes import ordinal_loss
from training.networks.two_readers import HIDDEN, Cells
from training.tuning.agreement import agreement
from training.tuning.schedule import Schedule

SOFTNESS = 1.5
"""Of the levels' scores while it learns: levels between two thresholds need sharper odds than the bundle gives."""
UNIT = 8.0
"""Of its answers: thresholds are some units apart."""
DROPOUT = 0.3
"""Of what its hidden units read."""
SPREAD_OF = 512
"""So many crops tell how large features are."""
PHOTOGRAPHS = 16
"""In a batch, beside the drawn ones."""
SMOOTHING = 0.02
TOLD = 1.0
"""Weight of the terms."""
VALIDATED = 64
"""Crops at a time, where nothing is learnt."""

Features = tuple[Tensor, Tensor]
"""float16 [b, 64, 28, 28] and [b, 128, 14, 14]."""


@dataclass(frozen=True)
class Batch:
    """drawn: features with levels, int64 [b], and terms. photographs: features with the first reader's z, float [p]."""

    drawn: Features
    levels: Tensor
    terms: Tensor
    photographs: Features
    first: Tensor

    def __len__(self) -> int:
        return len(self.levels)


class SecondReader(nn.Module):
    """Features, float [n, 64, 28, 28] and [n, 128, 14, 14], to z_2, float [n]."""

    spread: Tensor

    def __init__(self, seen: Seen, seed: int) -> None:
        super().__init__()
        some = slice(None, SPREAD_OF)
        self.register_buffer("spread", torch.stack([part[some].float().std() for part in (seen.low, seen.middle)]))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.cells, self.answer = Cells(DROPOUT), nn.Linear(HIDDEN, 1)
            self.terms = nn.Linear(HIDDEN, TERMS)

    def forward(self, low: Tensor, middle: Tensor) -> Tensor:
        """As the class says."""
        return self.read(low, middle)[0]

    def read(self, low: Tensor, middle: Tensor) -> tuple[Tensor, Tensor]:
        """The same, and what only training looks at: the terms that it sees, float [n, 7] (see terms.py)."""
        scaled = [part.to(self.spread.dtype) / spread for part, spread in zip((low, middle), self.spread, strict=True)]
        hidden = self.cells(*scaled)
        return UNIT * self.answer(hidden)[:, 0], self.terms(hidden)


@dataclass(frozen=True)
class Lessons:
    """Drawn crops with their levels and terms (float32 [n, 7], see terms.py), photographs' views, and drawn crops of
    other people."""

    drawn: Seen
    levels: Levels
    terms: Tensor
    photographs: Seen
    watched: Seen
    watched_levels: Levels


def second_reader(
    lessons: Lessons, schedule: Schedule, thresholds: tuple[float, ...], anchor: float, checkpoint: Path, fresh: bool,
    console: Console, begin: SecondReader | None = None,
) -> State:  # fmt: skip
    """Trained, in evaluation mode. anchor: weight of the first reader's answers on photographs, at least 0.

    begin: what learns on; None: one that is drawn.

    Raises:
        CheckpointError: the checkpoint is of another run, or unreadable. DivergedError.
    """
    network = SecondReader(lessons.drawn, schedule.seed) if begin is None else begin
    state = State(network, adamw(network, schedule.rate, schedule.decay))
    run = {"crops": len(lessons.drawn), "thresholds": list(thresholds), "anchor": anchor, **asdict(schedule)}
    kept = Checkpoint(checkpoint, run)
    if fresh:
        kept.discard()
    elif kept.resume(state):
        console.print(f"going on after epoch {state.epoch}")
    fit(task_of(lessons, schedule, thresholds, anchor), state, console, kept)
    network.eval()
    return state


def task_of(lessons: Lessons, schedule: Schedule, thresholds: tuple[float, ...], anchor: float) -> Task[Batch]:
    """For the engine's loop."""
    levels = torch.from_numpy(lessons.levels)

    def batches(epoch: int) -> Iterator[Batch]:
        rng = np.random.default_rng([schedule.seed, epoch])
        order = torch.from_numpy(rng.permutation(len(levels)))
        for chosen in order.split(schedule.batch):
            photographs = torch.from_numpy(rng.integers(0, len(lessons.photographs), PHOTOGRAPHS))
            yield Batch(_chosen(lessons.drawn, chosen), levels[chosen], lessons.terms[chosen],
                        _chosen(lessons.photographs, photographs), lessons.photographs.first[photographs])  # fmt: skip

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        both = [torch.cat(pair) for pair in zip(batch.drawn, batch.photographs, strict=True)]
        found, terms = cast(SecondReader, network).read(*both)
        drawn = scores_of(found[: len(batch)], thresholds, SOFTNESS)
        anchored = functional.huber_loss(found[len(batch) :], batch.first)
        told = functional.huber_loss(terms[: len(batch)], batch.terms)
        return ordinal_loss(drawn, batch.levels, smoothing=SMOOTHING) + anchor * anchored + TOLD * told

    def validate(network: nn.Module, epoch: int) -> Validation:
        network.eval()
        with torch.inference_mode():
            found = scores_of(answers(network, lessons.watched), thresholds).argmax(1).numpy()
        near = agreement(lessons.watched_levels, found)
        return Validation(asdict(near), str(near))

    return Task("epoch", schedule.epochs, len(levels), batches, loss, validate, schedule.adjust,
                lambda epoch: schedule.seed * 1000 + epoch, clip=5.0)  # fmt: skip


def answers(network: nn.Module, seen: Seen) -> Tensor:
    """z_2 of crops, float [n]."""
    parts = torch.arange(len(seen)).split(VALIDATED)
    return torch.cat([network(*_chosen(seen, part)) for part in parts])


def _chosen(seen: Seen, rows: Tensor) -> Features:
    return seen.low[rows], seen.middle[rows]
