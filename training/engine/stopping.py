"""Early stopping: which epoch was the best, and for how long none was better."""

from __future__ import annotations

from training.engine.state import State
from training.engine.task import B, Epoch, Task


def judge(task: Task[B], state: State, epoch: Epoch) -> None:
    """Keep what learns where the epoch is the best yet; count for how long none was better by what the task stops by.

    Raises KeyError: its validation has no such measure.
    """
    values = epoch.validation.values
    if task.keep != "last" and better(values[task.keep], state.best, task.keep):
        state.best = values[task.keep]
        state.kept = state.tensors(task.blocks)
    if task.stop is not None:
        if better(values[task.stop.by], state.watched, task.stop.by):
            state.watched, state.stale = values[task.stop.by], 0
        else:
            state.stale += 1


def better(value: float, than: float | None, by: str) -> bool:
    """Whether a value is the best yet: accuracy rises, the others fall."""
    return than is None or (value > than if by == "accuracy" else value < than)


def stopped(task: Task[B], state: State) -> bool:
    """Whether it has been long enough."""
    return task.stop is not None and state.stale >= task.stop.patience


def end_with_the_kept(state: State) -> None:
    """The weights of the best epoch, where one was kept; else those of the last."""
    if state.kept is not None:
        state.network.load_state_dict(state.kept, strict=False)
