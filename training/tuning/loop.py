"""The loop that fine-tuning, integer-aware training and distillation share: seeded, resumable after every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress
from torch import Tensor, nn

from training.evaluation.levels import correlation
from training.tuning.batch import Batch, Shape, batches
from training.tuning.errors import TuningError
from training.tuning.pictures import Levels, Pictures

Loss = Callable[[nn.Module, Batch], Tensor]
"""Of a network in training on a batch, float []."""


@dataclass(frozen=True)
class Schedule:
    """Attributes:
    epochs: passes over the crops, at least 0.
    batch: crops a step, at least 2.
    rate: the largest learning rate of AdamW; a twentieth of the steps warm up, then a cosine to zero.
    relative: whether the rate counts in sizes of each tensor (its root mean square) instead of absolutely.
    decay: of weights, not of biases and norms.
    seed: of shuffling, variation, dropout and rounding.
    """

    epochs: int
    batch: int = 16
    rate: float = 2e-3
    relative: bool = True
    decay: float = 0.0
    seed: int = 1

    def factor(self, done: float) -> float:
        """Of the rate, when this part (0..1) of all steps is done."""
        warm = 0.05
        if done < warm:
            return 0.1 + 0.9 * done / warm
        return 0.5 * (1 + math.cos(math.pi * (done - warm) / (1 - warm)))


@dataclass(frozen=True)
class Measured:
    """accuracy 0..1; mae in levels; pcc -1..1, None where either side does not vary; crops measured."""

    accuracy: float
    mae: float
    pcc: float | None
    crops: int

    def __str__(self) -> str:
        pcc = "-" if self.pcc is None else f"{self.pcc:.3f}"
        return f"accuracy {self.accuracy:.3f}, mae {self.mae:.3f}, PCC {pcc}"


class Tuning:
    """A network on its way: what a checkpoint holds. `what` names it, so that another's checkpoint is refused."""

    def __init__(self, network: nn.Module, schedule: Schedule, what: str) -> None:
        self.network, self.schedule, self.what = network, schedule, what
        groups = list(_groups(network, schedule))
        self.optimiser = torch.optim.AdamW(groups, lr=schedule.rate)
        self.peaks = [group["lr"] for group in self.optimiser.param_groups]
        self.epoch = 0
        self.history: list[dict[str, Any]] = []

    def save(self, path: Path) -> None:
        """Replace the checkpoint, whole or not at all."""
        partial = path.with_suffix(".partial")
        state = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict()}
        said = {"what": self.what, "schedule": asdict(self.schedule)}
        torch.save({**state, **said, "epoch": self.epoch, "history": self.history}, partial)
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint. Raises TuningError: of something else, or not one."""
        try:
            state = torch.load(path, weights_only=True)
            same = (state["what"], state["schedule"]) == (self.what, asdict(self.schedule))
        except Exception as error:  # torch.load raises whatever its unpickler and zip reader do
            raise TuningError(f"{path}: not a checkpoint ({type(error).__name__}); --fresh starts anew") from error
        if not same:
            raise TuningError(f"{path}: of another network, data or schedule; --fresh starts anew")
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch, self.history = state["epoch"], state["history"]


def _groups(network: nn.Module, schedule: Schedule) -> Iterator[dict[str, Any]]:
    """One a tensor. A tensor of zeros (a new bias) is taken to be as large as its network's tensors are."""
    sizes = {p: float(p.detach().square().mean().sqrt()) for p in network.parameters() if p.requires_grad}
    usual = float(np.median([size for size in sizes.values() if size > 0] or [1.0]))
    for parameter, size in sizes.items():
        rate = schedule.rate * (size or usual) if schedule.relative else schedule.rate
        yield {"params": [parameter], "lr": rate, "weight_decay": schedule.decay if parameter.ndim > 1 else 0.0}


def run_epoch(tuning: Tuning, pictures: Pictures, shape: Shape, loss: Loss, report: Callable[[int], None]) -> float:
    """One pass; the mean loss. report(crops done) is called after each step. Raises TuningError: the loss diverged."""
    schedule, network, epoch = tuning.schedule, tuning.network.train(), tuning.epoch
    torch.manual_seed(schedule.seed * 1000 + epoch)
    rng, total, done = np.random.default_rng([schedule.seed, epoch]), 0.0, 0
    for batch in batches(pictures, schedule.batch, shape, rng):
        if len(batch.levels) < 2:
            continue  # batch norm needs two
        factor = schedule.factor((epoch + done / len(pictures.levels)) / schedule.epochs)
        for group, peak in zip(tuning.optimiser.param_groups, tuning.peaks, strict=True):
            group["lr"] = peak * factor
        tuning.optimiser.zero_grad(set_to_none=True)
        value = loss(network, batch)
        if not torch.isfinite(value):
            raise TuningError(f"the loss is not finite in epoch {epoch + 1}; --rate {schedule.rate / 4:g} may hold")
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        tuning.optimiser.step()
        total, done = total + float(value.detach()) * len(batch.levels), done + len(batch.levels)
        report(done)
    tuning.epoch += 1
    return total / max(done, 1)


def measured(network: nn.Module, pictures: Pictures, shape: Shape, batch: int = 4) -> Measured:
    """The level is the largest score's, the lowest of equals."""
    found = [part.numpy().argmax(1) for part in scores(network, (one.x for one in batches(pictures, batch, shape)))]
    return agreement(pictures.levels, np.concatenate(found).astype(np.int64))


def scores(network: nn.Module, inputs: Iterable[Tensor]) -> list[Tensor]:
    """Of each batch, float64, in evaluation mode. Chance in the network is seeded: they repeat."""
    network.eval()
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(0)
        return [network(x).double() for x in inputs]


def agreement(levels: Levels, found: Levels) -> Measured:
    """Of levels found with the true ones."""
    pcc = correlation(levels.astype(float), found.astype(float))
    return Measured(float((levels == found).mean()), float(np.abs(levels - found).mean()), pcc, len(levels))


def tune(
    tuning: Tuning,
    train: Pictures,
    validation: Pictures,
    shape: Shape,
    loss: Loss,
    console: Console,
    checkpoint: Path | None = None,
) -> None:
    """Every epoch that the checkpoint has not seen, if there is one; it is replaced after each."""
    if checkpoint is not None and checkpoint.exists():
        tuning.load(checkpoint)
        console.print(f"{checkpoint.name}: going on after epoch {tuning.epoch}")
    while tuning.epoch < tuning.schedule.epochs:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(f"epoch {tuning.epoch + 1}/{tuning.schedule.epochs}", total=len(train.levels))
            mean = run_epoch(
                tuning, train, shape, loss, lambda done, bar=bar, task=task: bar.update(task, completed=done)
            )
        now = measured(tuning.network, validation, shape)
        tuning.history.append({"epoch": tuning.epoch, "loss": mean, **asdict(now)})
        if checkpoint is not None:
            tuning.save(checkpoint)
        console.print(f"epoch {tuning.epoch}/{tuning.schedule.epochs}: loss {mean:.4f}, validation {now}")
