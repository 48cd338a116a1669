"""The loop: epochs of a task, each with its validation, early stopping, and a checkpoint after each.

On one CPU thread an interrupted run that goes on ends with the same weights, to the bit, as one that was not: an
epoch's chance depends on its seed alone, and the checkpoint holds everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from rich.console import Console
from torch import nn

from training.engine.checkpoint import Checkpoint
from training.engine.progress import bars, counter
from training.engine.state import State
from training.engine.stopping import judge, stopped
from training.engine.task import B, Epoch, Task
from training.errors import DivergedError


def fit(
    task: Task[B],
    state: State,
    console: Console,
    checkpoint: Checkpoint | None = None,
    log: Callable[[list[dict[str, Any]]], None] = lambda history: None,
) -> None:
    """Every epoch that the state has not seen; the checkpoint is replaced after each.

    Args:
        state: with an optimiser of what learns.
        log: called with the history after each epoch, once the checkpoint is there.

    Raises:
        DivergedError: the loss is not finite.
    """
    while state.epoch < task.epochs and not stopped(task, state):
        started = time.monotonic()
        about = f"{task.name} {state.epoch + 1}/{task.epochs}"
        with bars(console) as shown:
            loss = run_epoch(task, state, counter(shown, about, task.examples))
        validation = task.validate(state.network, state.epoch)
        state.epoch += 1
        epoch = Epoch(state.epoch, loss, time.monotonic() - started, validation)
        judge(task, state, epoch)
        state.history.append(task.row(epoch))
        if checkpoint is not None:
            checkpoint.save(state)
        log(state.history)
        console.print(f"{about}: {task.words(epoch)}", highlight=False, soft_wrap=True)


def run_epoch(task: Task[B], state: State, report: Callable[[int], None]) -> float:
    """One pass; the mean loss. report(examples done) is called after each step. Raises DivergedError."""
    network, optimiser, epoch = state.network, state.optimiser, state.epoch
    if optimiser is None:
        raise ValueError("a state without an optimiser does not learn")
    task.mode(network)
    torch.manual_seed(task.seed(epoch))
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    total, done = 0.0, 0
    for batch in task.batches(epoch):
        if len(batch) < 2 and done:
            continue  # batch norm over one example is no statistics
        task.adjust(optimiser, epoch + done / task.examples)
        loss = task.loss(network, batch)
        if not torch.isfinite(loss):
            raise DivergedError(epoch + 1)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if task.clip is not None:
            nn.utils.clip_grad_norm_(learning, task.clip)
        optimiser.step()
        total, done = total + loss.item() * len(batch), done + len(batch)
        report(done)
    return total / max(done, 1)
