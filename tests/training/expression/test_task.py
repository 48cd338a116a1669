"""Fine-tuning with an anchor: drawn faces are learnt, photographs' answers stay, what is frozen stays to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from tests.training.expression.conftest import squares
from training.data.inputs import Images
from training.data.pictures import DrawnPictures, Parts
from training.engine.checkpoint import Checkpoint
from training.engine.loop import run_epoch
from training.engine.optimisers import adamw_by_tensor
from training.engine.state import State
from training.expression.start import LEARNING, learn_from
from training.expression.task import Anchor, task_of, tuned
from training.networks.expression import ExpressionNet, expression_net
from training.tuning.schedule import Schedule

QUIET = Console(quiet=True)
SCHEDULE = Schedule(2, 8, 2e-2, seed=3)


@pytest.fixture(scope="module")
def start() -> ExpressionNet:
    torch.set_num_threads(1)
    torch.manual_seed(4)
    return expression_net(4).eval()


@pytest.fixture(scope="module")
def parts() -> Parts:
    pictures = [DrawnPictures(squares(count, seed)) for seed, count in enumerate((24, 12, 8), 1)]
    return Parts.of(pictures, "drawn faces; squares", True)


@pytest.fixture(scope="module")
def photographs() -> Images:
    """Smooth colours: what the anchor must keep."""
    small = np.random.default_rng(6).integers(0, 256, (6, 7, 7, 3)).astype(np.uint8)
    return small.repeat(32, 1).repeat(32, 2)


def after(start: ExpressionNet, parts: Parts, photographs: Images, anchor: Anchor, epochs: int) -> State:
    network = expression_net(4)
    network.load_state_dict(start.state_dict())
    learn_from(network)
    task = task_of(start, parts, photographs, Schedule(epochs, 8, 2e-2, seed=3), anchor)
    state = State(network, adamw_by_tensor(network, 2e-2, 0.0, relative=True))
    for _ in range(epochs):
        run_epoch(task, state, lambda done: None)
        state.epoch += 1
    state.history.append(dict(task.validate(network, epochs).values))
    return state


def test_the_anchor_holds_answers_on_photographs(start: ExpressionNet, parts: Parts, photographs: Images) -> None:
    loose = after(start, parts, photographs, Anchor(0.0, 0.0), 4).history[-1]
    held = after(start, parts, photographs, Anchor(0.0, 30.0), 4).history[-1]
    assert held["moved"] < 0.5 * loose["moved"]
    untouched = task_of(start, parts, photographs, SCHEDULE, Anchor()).validate(start, 0).values
    assert untouched["moved"] == 0 and loose["drawn"] < untouched["drawn"]


def test_what_is_frozen_stays_to_the_bit(start: ExpressionNet, parts: Parts, photographs: Images) -> None:
    network = after(start, parts, photographs, Anchor(), 1).network
    for name, value in network.state_dict().items():
        learns = name.startswith(LEARNING)
        assert torch.equal(value, start.state_dict()[name]) != learns, name


def test_without_photographs_drawn_crops_anchor_alone(start: ExpressionNet, parts: Parts) -> None:
    none = np.zeros((0, 224, 224, 3), np.uint8)
    values = after(start, parts, none, Anchor(0.9, 1.0), 1).history[-1]
    assert values["moved"] == 0 and np.isfinite(values["loss"])


def test_an_interrupted_run_goes_on_to_the_bit(
    start: ExpressionNet, parts: Parts, photographs: Images, tmp_path: Path
) -> None:
    """And ends with the weights of its best epoch; the start is not changed."""
    before = {name: value.clone() for name, value in start.state_dict().items()}
    given = (start, parts, photographs, SCHEDULE, Anchor())
    whole = tuned(*given, tmp_path / "whole.pt", False, QUIET)
    save = Checkpoint.save

    def cut(checkpoint: Checkpoint, state: State) -> None:
        save(checkpoint, state)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Checkpoint, "save", cut)
        tuned(*given, tmp_path / "cut.pt", False, QUIET)
    rest = tuned(*given, tmp_path / "cut.pt", False, QUIET)
    assert rest.best == whole.best == min(row["loss"] for row in whole.history[:2])
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, rest.network.state_dict()[name]), name
    assert all(torch.equal(value, before[name]) for name, value in start.state_dict().items())
