"""The stages of a recipe, one after the other, each a task of the engine; one checkpoint for all."""

from __future__ import annotations

from rich.console import Console

from training.engine.checkpoint import Checkpoint, restore
from training.engine.logs import Logs
from training.engine.loop import fit
from training.engine.progress import bars, stepper
from training.engine.state import State
from training.engine.stopping import end_with_the_kept, stopped
from training.recipe.blocks import blocks_of, optimiser_for, prepare, touched
from training.recipe.feeds import CropFeed, FeatureFeed, Feed
from training.recipe.job import FEATURES, LOGS, Job
from training.recipe.schema import Stage
from training.recipe.task import task_of
from training.runs.folder import CHECKPOINT


class Trainer:
    """Runs a job. Writes nothing before the first epoch is over, but features that were computed."""

    def __init__(self, job: Job, console: Console) -> None:
        self._job, self._console = job, console
        self._entry = job.start.entry
        self._logs = Logs(job.out / LOGS)

    def require_mine(self) -> None:
        """Raise CheckpointError where there is a checkpoint that is unreadable, or of another run."""
        self._checkpoint(0).read()

    def train(self, fresh: bool = False) -> State:
        """All epochs that the checkpoint has not seen; fresh: whatever it has seen.

        Raises:
            CheckpointError: the checkpoint in out is unreadable, or of another run.
            DivergedError, DatasetError, StageError, OSError.
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
        job = self._job
        content = None if fresh else self._checkpoint(0).read()
        if content is None:
            network, said = job.start.build(job.classes(0))
            self._say(said)
            return State(network.to(job.device))
        network, _ = job.start.build(job.classes(content["stage"]))
        network.load_state_dict(content["network"], strict=False)
        state = State(network.to(job.device), stage=content["stage"])
        if content["optimiser"] is not None:
            self._arm(state)
        restore(state, content)
        self._say(f"going on after {len(state.history)} epochs")
        return state

    def _arm(self, state: State) -> None:
        """Freeze what does not learn, and make the optimiser of the rest."""
        stage = self._job.recipe.stages[state.stage]
        prepare(state.network, blocks_of(self._job.recipe, stage, self._entry))
        state.optimiser = optimiser_for(state.network, stage.optimiser, self._entry.blocks[-1])

    def _run_stage(self, state: State) -> None:
        job, index = self._job, state.stage
        stage = job.recipe.stages[index]
        task = task_of(job, index, self._feed(state, stage))
        if state.optimiser is None:
            self._arm(state)
        fit(task, state, self._console, self._checkpoint(index + 1), self._logs.write)
        end_with_the_kept(state)
        if stopped(task, state):
            self._say(f"{stage.name}: stopped after epoch {state.epoch}")
        self._next(state)

    def _next(self, state: State) -> None:
        """Give the network the next stage's head."""
        job = self._job
        state.next_stage()
        if state.stage < len(job.parts) and job.other_classes(state.stage):
            state.network = job.start.with_head(state.network, job.classes(state.stage), state.stage)
        self._checkpoint(state.stage).save(state)

    def _feed(self, state: State, stage: Stage) -> Feed:
        job, parts = self._job, self._job.parts[state.stage]
        if not stage.features:
            return CropFeed(parts, stage, self._entry.input_shape, job.device)
        describer = job.start.describe_with(state.network, job.device)
        with bars(self._console) as shown:
            return FeatureFeed.of(parts, stage, describer, job.out / FEATURES, job.device, stepper(shown))

    def _checkpoint(self, until: int) -> Checkpoint:
        """With what the first `until` stages may have changed."""
        blocks = touched(self._job.recipe, self._entry, until)
        return Checkpoint(self._job.out / CHECKPOINT, self._job.identity, blocks)

    def _say(self, words: str) -> None:
        self._console.print(words, highlight=False, soft_wrap=True)
