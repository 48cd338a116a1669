"""The loop on a problem with a known answer: it learns, stops early, keeps the best, and goes on to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.optimisers import adamw
from training.engine.schedules import constant, scaled
from training.engine.state import State
from training.engine.stopping import end_with_the_kept
from training.engine.task import EarlyStop, Task, Validation
from training.errors import CheckpointError, DivergedError

QUIET = Console(quiet=True)
SLOPE = torch.tensor([[1.0, -2.0, 0.5]])


@dataclass(frozen=True)
class Points:
    inputs: Tensor
    wanted: Tensor

    def __len__(self) -> int:
        return len(self.wanted)


def points(epoch: int, count: int = 33, size: int = 8) -> Iterator[Points]:
    """Four batches of eight, and a last one of a single example, of a line."""
    rng = np.random.default_rng([7, epoch])
    x = torch.from_numpy(rng.normal(0, 1, (count, 3))).float()
    for first in range(0, count, size):
        chosen = x[first : first + size]
        yield Points(chosen, chosen @ SLOPE.T)


def loss_of(network: nn.Module, batch: Points) -> Tensor:
    return ((network(batch.inputs) - batch.wanted) ** 2).mean()


def measured(network: nn.Module, epoch: int) -> Validation:
    network.eval()
    return Validation({"loss": float((network[-1].weight.detach() - SLOPE).abs().max())}, "measured")


def line(epochs: int = 6) -> Task[Points]:
    return Task("line", epochs, 33, points, loss_of, measured, scaled(constant), lambda epoch: epoch)


def beginning() -> State:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Dropout(0.1), nn.Linear(3, 1))
    return State(network, adamw(network, 0.05, 0.0))


def test_it_learns_and_writes_down_how() -> None:
    state = beginning()
    fit(line(40), state, QUIET)
    assert [row["epoch"] for row in state.history] == list(range(1, 41))
    assert state.history[-1]["loss"] < 0.5 * state.history[0]["loss"]


def test_an_interrupted_run_goes_on_to_the_bit(tmp_path: Path) -> None:
    """Dropout, order and AdamW's moments included; cut after any epoch."""
    whole = beginning()
    fit(line(), whole, QUIET)
    for cut in range(1, 6):
        kept = Checkpoint(tmp_path / f"{cut}.pt", {"seed": 3, "shape": (3, 1)})

        def stop(history: list, cut: int = cut) -> None:
            if len(history) == cut:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fit(line(), beginning(), QUIET, kept, stop)
        rest = beginning()
        assert kept.resume(rest) and rest.epoch == cut
        fit(line(), rest, QUIET, kept)
        assert rest.history == whole.history
        for one, other in zip(rest.network.parameters(), whole.network.parameters(), strict=True):
            assert torch.equal(one, other)


def test_a_lone_example_is_left_out_but_where_there_is_no_other() -> None:
    seen: list[int] = []

    def counted(network: nn.Module, batch: Points) -> Tensor:
        seen.append(len(batch))
        return loss_of(network, batch)

    fit(replace(line(1), loss=counted), beginning(), QUIET)
    fit(replace(line(1), loss=counted, batches=lambda epoch: points(epoch, 1)), beginning(), QUIET)
    assert seen == [8, 8, 8, 8, 1]


def test_it_stops_when_nothing_gets_better_and_ends_with_the_best() -> None:
    values = iter([0.5, 0.3, 0.4, 0.35, 0.2])
    weights: list[Tensor] = []

    def told(network: nn.Module, epoch: int) -> Validation:
        weights.append(network[-1].weight.detach().clone())
        return Validation({"loss": next(values)}, "told")

    state = beginning()
    fit(replace(line(), validate=told, stop=EarlyStop(2, "loss"), keep="loss"), state, QUIET)
    assert state.epoch == 4 and state.best == 0.3
    end_with_the_kept(state)
    assert torch.equal(state.network[-1].weight, weights[1])


def test_accuracy_rises_where_it_is_what_is_kept() -> None:
    values = iter([0.5, 0.7, 0.6])
    state = beginning()
    task = replace(line(3), validate=lambda network, epoch: Validation({"accuracy": next(values)}, ""), keep="accuracy")
    fit(task, state, QUIET)
    assert state.best == 0.7


def test_a_loss_that_is_no_number_ends_it() -> None:
    bad = replace(line(), loss=lambda network, batch: loss_of(network, batch) / 0)
    with pytest.raises(DivergedError, match="epoch 1"):
        fit(bad, beginning(), QUIET)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is no checkpoint"), (b"not one", "is no checkpoint"), (None, "is not a checkpoint of a training run")],
)
def test_what_is_no_checkpoint(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    if content is None:
        torch.save({"weights": torch.zeros(1)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match=said) as caught:
        Checkpoint(path, {}).read()
    assert caught.value.path == path and "--fresh" in str(caught.value)


def test_a_checkpoint_says_in_what_another_run_differs(tmp_path: Path) -> None:
    path, state = tmp_path / "deep" / "checkpoint.pt", beginning()
    Checkpoint(path, {"seed": 3, "network": "line"}).save(state)
    assert Checkpoint(path, {"seed": 3, "network": "line"}).resume(beginning())
    with pytest.raises(CheckpointError, match=r"of another run: seed \(3, now 4\);"):
        Checkpoint(path, {"seed": 4, "network": "line"}).resume(beginning())
    with pytest.raises(CheckpointError, match=r"fold \(None, now 1\)"):
        Checkpoint(path, {"seed": 3, "network": "line", "fold": 1}).resume(beginning())
    Checkpoint(path, {}).discard()
    assert Checkpoint(path, {}).read() is None


def test_a_checkpoint_holds_only_what_may_have_changed(tmp_path: Path) -> None:
    kept = Checkpoint(tmp_path / "checkpoint.pt", {}, ("1.weight",))
    kept.save(beginning())
    content = kept.read()
    assert content is not None and set(content["network"]) == {"1.weight"}
