"""A whole adaptation: from prepared photographs without labels to a run's folder with a report of before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from torch import nn

from faces.crop import CUTS
from training.adapt.calibration import calibration_of, room
from training.adapt.lessons import Lessons, frozen_copy, task_of, watched_loss
from training.adapt.measures import Seen, look, of_drawn, of_photographs
from training.adapt.outcome import REPORT_PAGE, said, told, write
from training.adapt.teachers import pseudo_labels
from training.adapt.thresholds import PAIN, Move, margins, move_for, moved
from training.data.build import build_all
from training.data.pictures import Parts, PreparedPictures, load_parts
from training.datasets.crop_set import CropSet
from training.datasets.manifest import PARTS
from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.optimisers import adamw_by_tensor
from training.engine.progress import bars, counter
from training.engine.state import State
from training.engine.stopping import end_with_the_kept
from training.errors import OptionError
from training.networks.registry import NETWORKS
from training.runs.folder import CHECKPOINT
from training.runs.start import Start
from training.tuning.schedule import Schedule

DRAWN_PEOPLE = {"train": 40, "validation": 10, "test": 30}
GAIN = 0.02
"""The part of the loss on photographs held back that an epoch must take away to be kept instead of the start."""
LEAST = 8
"""Photographs to learn from, and to hold back."""


@dataclass(frozen=True)
class Settings:
    """anchor: how much of what is wanted is the start's answer, 0..1. false_calls: the part of calm photographs that
    may be called pain, None where nobody said that they are calm."""

    schedule: Schedule
    anchor: float = 0.5
    false_calls: float | None = None


@dataclass(frozen=True)
class Home:
    """The photographs of a home: to learn from, to set thresholds and stop by, to measure on."""

    train: PreparedPictures
    validation: PreparedPictures
    test: PreparedPictures

    @classmethod
    def load(cls, folder: Path, crop: str) -> Home:
        """Raises DatasetError; OptionError: too few."""
        train, validation, test = (
            PreparedPictures(CropSet.load(folder, part, labelled=False), crop) for part in PARTS
        )  # fmt: skip
        for name, part in zip(PARTS, (train, validation, test), strict=True):
            if len(part.levels) < LEAST:
                raise OptionError(f"{folder}: {len(part.levels)} photographs for {name}, at least {LEAST} are needed; "
                                  "add photographs, or people, and prepare again")  # fmt: skip
        return cls(train, validation, test)


def drawn_parts(folder: Path, crop: str, processes: int) -> Parts:
    """Drawn faces for the anchor, made if not there."""
    build_all(folder, DRAWN_PEOPLE, processes, CUTS[crop].margin)
    return load_parts(folder, crop)


def run(
    start: Start, teachers: Sequence[Start], folder: Path, drawn: Parts, settings: Settings, out: Path,
    console: Console, fresh: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Leave a run's folder. Returns what the report says.

    Args:
        folder: of `train prepare --photographs`. drawn: faces whose levels are known, of the start's format.

    Raises:
        DatasetError, OptionError: before anything is written. CheckpointError, DivergedError, OSError.
    """
    home, seed = Home.load(folder, start.crop), settings.schedule.seed
    with bars(console) as shown:
        pseudo = {
            name: pseudo_labels(part, start, teachers, seed, counter(shown, f"teachers: {name}", len(part.levels)))
            for name, part in vars(home).items()
        }  # fmt: skip
    usable = int(pseudo["train"].agreed.sum())
    if usable < LEAST:
        raise OptionError(
            f"{folder}: teachers agree on {usable} photographs to learn from, at least {LEAST} are needed"
        )
    before = look_at(start.network, start, home, drawn, seed)
    move_of = _mover(settings, home, drawn, start, seed)  # before anything is written: too few photographs are refused
    out.mkdir(parents=True, exist_ok=True)
    lessons = Lessons(home.train, pseudo["train"], home.validation, pseudo["validation"], drawn.train, settings.anchor)
    state = _trained(lessons, start, settings.schedule, out / CHECKPOINT, fresh, console)
    network = state.network.eval()
    move = move_of(network)
    if move is not None:
        moved(network.get_submodule(NETWORKS[start.kind].head), move.made)
    both = {"before": before, "after": look_at(network, start, home, drawn, seed)}
    images = calibration_of(drawn.train, start.shape, seed)
    result = {
        **told(start, teachers, settings.anchor, seed, home.train, pseudo["train"], state),
        "photographs": {name: of_photographs(one[0], pseudo["test"], home.test) for name, one in both.items()},
        "drawn": {name: of_drawn(one[1], drawn.test.levels) for name, one in both.items()},
        "thresholds": None if move is None else asdict(move) | {
            "held_back": move.held_back, "false_calls": settings.false_calls
        },
        "room": room(network, images, home.train, start),
    }  # fmt: skip
    write(out, network, images, start, result, state.history)
    console.print(said(result), highlight=False, soft_wrap=True)
    console.print(f"written to {out}; {REPORT_PAGE} says it at length", soft_wrap=True)
    return result


def look_at(network: nn.Module, start: Start, home: Home, drawn: Parts, seed: int) -> tuple[Seen, Seen]:
    """Photographs held back for measuring, and drawn people unseen."""
    return look(network, start, home.test, seed), look(network, start, drawn.test, seed, changes=0)


def _mover(settings: Settings, home: Home, drawn: Parts, start: Start, seed: int) -> Callable[[nn.Module], Move | None]:
    """What finds the site's thresholds for a network; the start's are found at once, to refuse what cannot be."""
    part = settings.false_calls

    def move(network: nn.Module) -> Move | None:
        if part is None:
            return None
        calm = look(network, start, home.validation, seed, changes=0)
        known = look(network, start, drawn.validation, seed, changes=0)
        pain = margins(known.scores)[drawn.validation.levels >= PAIN]
        return move_for(margins(calm.scores), pain, part)

    move(start.network)
    return move


def _trained(
    lessons: Lessons, start: Start, schedule: Schedule, checkpoint: Path, fresh: bool, console: Console
) -> State:
    """The best of the start and the epochs, on photographs held back."""
    network = frozen_copy(start)
    state = State(network, adamw_by_tensor(network, schedule.rate, schedule.decay, relative=schedule.relative))
    task = task_of(lessons, start, schedule)
    watched = np.flatnonzero(lessons.watched_pseudo.agreed)
    wanted = lessons.wanted(lessons.watched_pseudo)
    before = watched_loss(network, lessons.watched, watched, wanted, start, schedule.seed)
    state.best = (1 - GAIN) * before
    state.kept = state.tensors(task.blocks)
    count = int(lessons.pseudo.agreed.sum())
    console.print(f"{count} photographs; before, on those held back: loss {before:.4f}", highlight=False)
    named = {"start": start.name, "photographs": len(lessons.pseudo), "anchor": lessons.anchor, **asdict(schedule)}
    kept = Checkpoint(checkpoint, named)
    if fresh:
        kept.discard()
    elif kept.resume(state):
        console.print(f"going on after epoch {state.epoch}")
    fit(task, state, console, kept)
    end_with_the_kept(state)
    return state
