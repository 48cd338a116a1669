"""The stages of a recipe, one after the other: epochs, early stopping, a checkpoint after each.

On one CPU thread an interrupted run that goes on ends with the same weights, to the bit, as one that was not: an
epoch's chance depends on seed, stage and epoch alone, and the checkpoint holds everything else.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch
from rich.console import Console

from training.recipe.blocks import blocks_of, optimiser_for, prepare, touched
from training.recipe.epoch import Criterion, Measured, criterion_for, learn, measure
from training.recipe.feeds import CropFeed, FeatureFeed, Feed
from training.recipe.job import CHECKPOINT, FEATURES, LOGS, Job
from training.recipe.schema import Stage
from training.recipe.shown import Logs, bars, stepper
from training.recipe.start import seed_of
from training.recipe.state import PLAIN, State, read_checkpoint


class Trainer:
    """Runs a job. Writes nothing before the first epoch is over, but features that were computed."""

    def __init__(self, job: Job, console: Console) -> None:
        self._job, self._console = job, console
        self._entry = job.start.entry
        self._logs = Logs(job.out / LOGS)

    def require_mine(self) -> None:
        """Raise CheckpointError where there is a checkpoint that is unreadable, or of another run."""
        path = self._job.out / CHECKPOINT
        if path.exists():
            read_checkpoint(path, self._job.fingerprint)

    def train(self, fresh: bool = False) -> State:
        """All epochs that the checkpoint has not seen; fresh: whatever it has seen.

        Raises:
            CheckpointError: the checkpoint in out is unreadable, or of another run.
            DatasetError, StageError, OSError.
        """
        state = self._begin(fresh)
        try:
            while state.stage < len(self._job.recipe.stages):
                self._run_stage(state)
        finally:
            self._logs.close()
        state.network.eval()
        return state

    def _begin(self, fresh: bool) -> State:
        job, path = self._job, self._job.out / CHECKPOINT
        if fresh or not path.exists():
            network, said = job.start.build(job.classes(0))
            self._say(said)
            return State(network.to(job.device))
        content = read_checkpoint(path, job.fingerprint)
        network, _ = job.start.build(job.classes(content["stage"]))
        network.load_state_dict(content["network"], strict=False)
        state = State(network.to(job.device), **{name: content[name] for name in PLAIN})
        if content["optimiser"] is not None:
            self._arm(state).load_state_dict(content["optimiser"])
        self._say(f"going on after {len(state.history)} epochs")
        return state

    def _arm(self, state: State) -> torch.optim.Optimizer:
        """Freeze what does not learn, and make the optimiser of the rest."""
        stage = self._job.recipe.stages[state.stage]
        prepare(state.network, blocks_of(self._job.recipe, stage, self._entry))
        state.optimiser = optimiser_for(state.network, stage.optimiser, self._entry.blocks[-1])
        return state.optimiser

    def _run_stage(self, state: State) -> None:
        job, index = self._job, state.stage
        stage = job.recipe.stages[index]
        feed = self._feed(state, stage)
        criterion = criterion_for(stage, torch.from_numpy(np.asarray(feed.levels)), job.classes(index))
        optimiser = state.optimiser or self._arm(state)
        while state.epoch < job.epochs(stage) and not _stopped(stage, state):
            self._epoch(state, stage, feed, criterion, optimiser)
            state.save(job.out / CHECKPOINT, job.fingerprint, self._touched(index + 1))
            self._logs.write(state.history)
        self._finish(state, stage)

    def _epoch(
        self, state: State, stage: Stage, feed: Feed, criterion: Criterion, optimiser: torch.optim.Optimizer
    ) -> None:
        job, index, epoch = self._job, state.stage, state.epoch
        module = state.network.get_submodule(self._entry.head) if stage.features else state.network
        prepare(state.network, blocks_of(job.recipe, stage, self._entry))
        part = job.rate_part(stage, epoch)
        for group in optimiser.param_groups:
            group["lr"] = group["initial"] * part
        torch.manual_seed(seed_of(job.start.seed, index + 1, epoch))
        rng = np.random.default_rng([job.start.seed, index, epoch])
        about = f"{stage.name} {epoch + 1}/{job.epochs(stage)}"
        with bars(self._console) as shown:
            task = shown.add_task(about, total=feed.training)
            loss = learn(module, feed.epoch(rng), criterion, optimiser, stage.optimiser.clip,
                         lambda done: shown.update(task, completed=done))  # fmt: skip
        found = measure(module, feed.validation(), criterion, job.parts[index].ordered)
        state.epoch += 1
        self._judge(state, stage, found)
        row = {"stage": stage.name, "epoch": state.epoch, "loss": loss, "rate": stage.optimiser.rate * part}
        state.history.append(row | {"validation": asdict(found)})
        mae = "" if found.mae is None else f", MAE {found.mae:.3f}"
        self._say(f"{about}: loss {loss:.4f}; validation {found.loss:.4f}, accuracy {found.accuracy:.3f}{mae}")

    def _judge(self, state: State, stage: Stage, found: Measured) -> None:
        """Whether this epoch is the best one, and for how long none was better by what the stage stops by."""
        if stage.keep != "last" and better(value := getattr(found, stage.keep), state.best, stage.keep):
            state.best = value
            state.kept = state.parts(blocks_of(self._job.recipe, stage, self._entry))
        if stage.stop is not None:
            value = getattr(found, stage.stop.by)
            if better(value, state.watched, stage.stop.by):
                state.watched, state.stale = value, 0
            else:
                state.stale += 1

    def _finish(self, state: State, stage: Stage) -> None:
        """End with the weights that the stage keeps, and give the network the next stage's head."""
        job = self._job
        if state.kept is not None:
            state.network.load_state_dict(state.kept, strict=False)
        if _stopped(stage, state):
            self._say(f"{stage.name}: stopped after epoch {state.epoch}")
        state.next_stage()
        if state.stage < len(job.parts) and job.other_classes(state.stage):
            state.network = job.start.with_head(state.network, job.classes(state.stage), state.stage)
        state.save(job.out / CHECKPOINT, job.fingerprint, self._touched(state.stage))

    def _feed(self, state: State, stage: Stage) -> Feed:
        job, parts = self._job, self._job.parts[state.stage]
        if not stage.features:
            return CropFeed(parts, stage, self._entry.input_shape, job.device)
        describer = job.start.describe_with(state.network, job.device)
        with bars(self._console) as shown:
            return FeatureFeed.of(parts, stage, describer, job.out / FEATURES, job.device, stepper(shown))

    def _touched(self, until: int) -> tuple[str, ...]:
        return touched(self._job.recipe, self._entry, until)

    def _say(self, words: str) -> None:
        self._console.print(words, highlight=False, soft_wrap=True)


def better(value: float, than: float | None, by: str) -> bool:
    """Whether a value is the best yet: accuracy rises, the others fall."""
    return than is None or (value > than if by == "accuracy" else value < than)


def _stopped(stage: Stage, state: State) -> bool:
    return stage.stop is not None and state.stale >= stage.stop.patience
