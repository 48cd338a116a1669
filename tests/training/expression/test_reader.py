"""The second reader learns levels, answers as the first one on photographs, and goes on where it was interrupted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from tests.training.interrupted import interrupted_after
from training.engine.state import State
from training.expression.levels import THRESHOLDS, scores_of
from training.expression.reader import Lessons, answers, second_reader
from training.expression.seen import LOW, MIDDLE, Seen
from training.expression.terms import TERMS
from training.tuning.schedule import Schedule

QUIET = Console(quiet=True)
SCHEDULE = Schedule(3, 32, 3e-3, relative=False, decay=0.05, seed=2)


def toy(count: int, seed: int, kind: float) -> tuple[Seen, np.ndarray]:
    """Levels lie in ten channels of the low features, what is a photograph in ten, the first answer in ten."""
    made = torch.Generator().manual_seed(seed)
    low = torch.randn(count, *LOW, generator=made)
    levels = np.arange(count) % 4
    answer = torch.randn(count, generator=made)
    for channels, value in ((slice(0, 10), torch.from_numpy(levels).float() - 1.5), (slice(20, 30), answer)):
        low[:, channels] = low[:, channels] * 0.2 + value[:, None, None, None]
    low[:, 10:20] = kind
    middle = torch.randn(count, *MIDDLE, generator=made)
    return Seen(low.half(), middle.half(), torch.zeros(count, 192), 8 * answer - 12), levels.astype(np.int64)


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    torch.set_num_threads(1)
    (drawn, levels), (faces, _), (watched, watched_levels) = toy(256, 1, 1.0), toy(128, 2, -1.0), toy(64, 3, 1.0)
    return Lessons(
        drawn, levels, torch.from_numpy(levels)[:, None].repeat(1, TERMS).float(), faces, watched, watched_levels
    )


def trained(lessons: Lessons, path: Path, epochs: int, anchor: float) -> State:
    schedule = Schedule(epochs, 32, 3e-3, relative=False, decay=0.05, seed=2)
    return second_reader(lessons, schedule, THRESHOLDS, anchor, path, True, QUIET)


def test_it_learns_levels_and_answers_as_the_first_one_elsewhere(lessons: Lessons, tmp_path: Path) -> None:
    state = trained(lessons, tmp_path / "held.pt", 6, 1.0)
    other, wanted = toy(100, 9, 1.0)
    faces, _ = toy(100, 10, -1.0)
    loose = trained(lessons, tmp_path / "loose.pt", 6, 0.0).network
    with torch.inference_mode():
        found = scores_of(answers(state.network, other)).argmax(1).numpy()
        far = {name: (answers(network, faces) - faces.first).abs().mean()
               for name, network in (("held", state.network), ("loose", loose))}  # fmt: skip
    assert np.mean(found == wanted) > 0.8
    assert float(far["held"]) < 0.5 * float(far["loose"])
    assert state.history[-1]["accuracy"] > state.history[0]["accuracy"]


def test_an_interrupted_run_goes_on_to_the_bit(lessons: Lessons, tmp_path: Path) -> None:
    given = (lessons, SCHEDULE, THRESHOLDS, 0.1)
    whole = second_reader(*given, tmp_path / "whole.pt", False, QUIET)
    with interrupted_after(2):
        second_reader(*given, tmp_path / "cut.pt", False, QUIET)
    rest = second_reader(*given, tmp_path / "cut.pt", False, QUIET)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, rest.network.state_dict()[name]), name
