"""The stages of a recipe, one after the other: epochs, early stopping, a checkpoint and TensorBoard's logs after each.

On one CPU thread an interrupted run that goes on ends with the same weights, to the bit, as one that was not: an
epoch's chance depends on seed, stage and epoch alone, and the checkpoint holds everything else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from training.recipe.blocks import blocks_of, optimiser_for, prepare, touched
from training.recipe.epoch import Measured, criterion_for, learn, measure
from training.recipe.errors import StageError
from training.recipe.feeds import CropFeed, FeatureFeed, Feed, require_smote
from training.recipe.schema import Recipe, Stage
from training.recipe.sources import Parts, Step
from training.recipe.start import Start, seed_of
from training.recipe.state import State, digest_of_json, read_checkpoint

CHECKPOINT, LOGS, FEATURES = "checkpoint.pt", "logs", "features"
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@dataclass(frozen=True)
class Run:
    """A recipe on data. cap: of every stage's epochs; None: as the recipe says. fold: of stages that have folds."""

    recipe: Recipe
    parts: Sequence[Parts]
    start: Start
    out: Path
    device: torch.device
    cap: int | None = None
    fold: int | None = None

    def epochs(self, stage: Stage) -> int:
        """Of a stage, at most."""
        return stage.epochs if self.cap is None else min(stage.epochs, self.cap)

    def classes(self, stage: int) -> int:
        """How many a stage's head tells apart; of one past the last stage, the last one's."""
        return len(self.parts[min(stage, len(self.parts) - 1)].train.scheme.classes)

    @property
    def fingerprint(self) -> str:
        """Whatever must be the same for a checkpoint to fit."""
        return json.dumps(
            {
                "recipe": self.recipe.name,
                "network": self.recipe.network,
                "its text": digest_of_json(self.recipe.model_dump(mode="json")),
                "data": [parts.digest[:16] for parts in self.parts],
                "weights": self.start.sha256[:16],
                "seed": self.start.seed,
                "epochs at most": self.cap,
                "fold": self.fold,
            }
        )


class Trainer:
    """Runs a Run. Writes nothing before the first epoch is over."""

    def __init__(self, run: Run, console: Console) -> None:
        self._run, self._console = run, console
        self._entry = run.start.entry
        self._writer: SummaryWriter | None = None

    def require_mine(self, fresh: bool) -> None:
        """Raise CheckpointError where there is a checkpoint that is unreadable, or of another run."""
        path = self._run.out / CHECKPOINT
        if path.exists() and not fresh:
            read_checkpoint(path, self._run.fingerprint)

    def train(self, fresh: bool = False) -> State:
        """All epochs that the checkpoint has not seen.

        Raises:
            CheckpointError: the checkpoint in out is unreadable, or of another run.
            DatasetError, StageError, OSError.
        """
        state = self._begin(fresh)
        try:
            while state.stage < len(self._run.recipe.stages):
                self._run_stage(state)
        finally:
            if self._writer is not None:
                self._writer.close()
        state.network.eval()
        return state

    def _begin(self, fresh: bool) -> State:
        run, path = self._run, self._run.out / CHECKPOINT
        if fresh or not path.exists():
            network, said = run.start.build(run.classes(0))
            self._console.print(said, highlight=False)
            return State(network.to(run.device))
        content = read_checkpoint(path, run.fingerprint)
        network, _ = run.start.build(run.classes(content["stage"]))
        network.load_state_dict(content["network"], strict=False)
        state = State(network.to(run.device), **{name: content[name] for name in
                      ("stage", "epoch", "best", "kept", "watched", "stale", "history")})  # fmt: skip
        if content["optimiser"] is not None:
            self._arm(state)
            state.optimiser.load_state_dict(content["optimiser"])  # type: ignore[union-attr]
        self._console.print(f"going on after epoch {state.epoch} of stage {state.stage + 1}", highlight=False)
        return state

    def _arm(self, state: State) -> None:
        """Freeze what does not learn, and make the optimiser of the rest."""
        stage = self._run.recipe.stages[state.stage]
        prepare(state.network, blocks_of(self._run.recipe, stage, self._entry))
        state.optimiser = optimiser_for(state.network, stage.optimiser, self._entry.blocks[-1])

    def _run_stage(self, state: State) -> None:
        run, index = self._run, state.stage
        stage, parts = run.recipe.stages[index], run.parts[index]
        with Progress(*COLUMNS, console=self._console, transient=True) as bars:
            feed = self._feed(state, stage, parts, stepper(bars))
        if state.optimiser is None:
            self._arm(state)
        levels = torch.from_numpy(np.asarray(feed.levels))
        criterion = criterion_for(stage, levels, run.classes(index))
        module = state.network.get_submodule(self._entry.head) if stage.features else state.network
        while state.epoch < run.epochs(stage) and not _stopped(stage, state):
            self._epoch(state, stage, feed, module, criterion)
            state.save(run.out / CHECKPOINT, run.fingerprint, self._touched(index + 1))
            self._log(state)
        self._finish(state, stage)

    def _epoch(self, state: State, stage: Stage, feed: Feed, module: nn.Module, criterion: Any) -> None:
        run, index, epoch = self._run, state.stage, state.epoch
        prepare(state.network, blocks_of(run.recipe, stage, self._entry))
        part = rate_part(stage, epoch, run.epochs(stage))
        for group in state.optimiser.param_groups:  # type: ignore[union-attr]
            group["lr"] = group["initial"] * part
        torch.manual_seed(seed_of(run.start.seed, index + 1, epoch))
        rng = np.random.default_rng([run.start.seed, index, epoch])
        about = f"{stage.name} {epoch + 1}/{run.epochs(stage)}"
        with Progress(*COLUMNS, console=self._console, transient=True) as bars:
            task = bars.add_task(about, total=feed.training)
            loss = learn(module, feed.epoch(rng), criterion, state.optimiser, stage.optimiser.clip,  # type: ignore[arg-type]
                         lambda done: bars.update(task, completed=done))  # fmt: skip
        found = measure(module, feed.validation(), criterion)
        state.epoch += 1
        self._judge(state, stage, found)
        row = {"stage": stage.name, "epoch": state.epoch, "loss": loss, "rate": stage.optimiser.rate * part}
        state.history.append(row | {"validation": asdict(found)})
        self._console.print(f"{about}: loss {loss:.4f}; validation loss {found.loss:.4f}, accuracy "
                            f"{found.accuracy:.3f}, MAE {found.mae:.3f}", highlight=False)  # fmt: skip

    def _judge(self, state: State, stage: Stage, found: Measured) -> None:
        """Whether this epoch is the best one, and whether the one that is stopped by is stale."""
        if stage.keep != "last" and better(value := getattr(found, stage.keep), state.best, stage.keep):
            state.best = value
            state.kept = state.parts(blocks_of(self._run.recipe, stage, self._entry))
        if stage.stop is not None:
            value = getattr(found, stage.stop.by)
            if better(value, state.watched, stage.stop.by):
                state.watched, state.stale = value, 0
            else:
                state.stale += 1

    def _finish(self, state: State, stage: Stage) -> None:
        """End with the weights that the stage keeps, and give the network the next stage's head."""
        run = self._run
        if state.kept is not None:
            state.network.load_state_dict(state.kept, strict=False)
        if _stopped(stage, state):
            self._console.print(f"{stage.name}: stopped after epoch {state.epoch}", highlight=False)
        state.stage += 1
        state.epoch, state.best, state.kept, state.watched, state.stale, state.optimiser = 0, None, None, None, 0, None
        if state.stage < len(run.parts) and self._other_classes(state.stage):
            state.network = run.start.with_head(state.network, run.classes(state.stage), state.stage)
        state.save(run.out / CHECKPOINT, run.fingerprint, self._touched(state.stage))

    def _other_classes(self, stage: int) -> bool:
        """Whether a stage tells other classes apart than the one before it."""
        before, now = (self._run.parts[index].train.scheme.name for index in (stage - 1, stage))
        return before != now

    def _touched(self, until: int) -> tuple[str, ...]:
        return touched(self._run.recipe, self._entry, until)

    def _feed(self, state: State, stage: Stage, parts: Parts, step: Step) -> Feed:
        run = self._run
        if not stage.features:
            return CropFeed(parts, stage, self._entry.input_shape, run.device)
        require_smote(run.recipe.name, stage, parts.train.classes)
        if not isinstance(state.network.get_submodule(self._entry.head), nn.Linear):
            said = f"the head of {run.recipe.network} is no linear layer; train it without features"
            raise StageError(run.recipe.name, stage.name, said)
        describer = run.start.describe_with(state.network, run.device)
        return FeatureFeed.of(parts, stage, describer, run.out / FEATURES, run.device, step)

    def _log(self, state: State) -> None:
        """The last epoch's row for TensorBoard, counted over all stages; rows that a checkpoint had not seen go."""
        row, done = state.history[-1], len(state.history)
        if self._writer is None:
            self._writer = SummaryWriter(str(self._run.out / LOGS), purge_step=done)
        self._writer.add_scalar("loss/training", row["loss"], done)
        self._writer.add_scalar("loss/validation", row["validation"]["loss"], done)
        self._writer.add_scalar("validation/accuracy", row["validation"]["accuracy"], done)
        self._writer.add_scalar("validation/mae", row["validation"]["mae"], done)
        self._writer.add_scalar("rate", row["rate"], done)
        self._writer.add_text("stage", row["stage"], done)
        self._writer.flush()


def better(value: float, than: float | None, by: str) -> bool:
    """Whether a value is the best yet: accuracy rises, the others fall."""
    return than is None or (value > than if by == "accuracy" else value < than)


def rate_part(stage: Stage, epoch: int, epochs: int) -> float:
    """Of the rates, in an epoch counted from 0. cosine: from 1 towards 0, as torch's CosineAnnealingLR."""
    return 1.0 if stage.schedule == "constant" else 0.5 * (1 + math.cos(math.pi * epoch / epochs))


def stepper(bars: Progress) -> Step:
    """What reading and describing call as they go."""
    task = bars.add_task("", total=None)

    def step(what: str, done: int, total: int) -> None:
        bars.update(task, description=what, completed=done, total=total)

    return step


def _stopped(stage: Stage, state: State) -> bool:
    return stage.stop is not None and state.stale >= stage.stop.patience
