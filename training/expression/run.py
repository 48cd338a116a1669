"""A whole run: the package's network with levels for expressions, a second reader, and what a compiler needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from torch import nn

from training.data.batch import batch_of
from training.data.build import LEVELS
from training.data.inputs import Images, fitted
from training.data.pictures import Parts, spread
from training.errors import OptionError
from training.expression.crops import drawn_parts, photographed
from training.expression.grey_package import HUMAN, read_grey_reader
from training.expression.joined import with_third
from training.expression.kept import kept_readers
from training.expression.levels import LEAN, PAIN, THRESHOLDS
from training.expression.package import FACE_API, read_package, read_samples
from training.expression.second import Photographs, Second, with_second_reader
from training.expression.start import BOTH, CROP, FIRST, GREY_LICENCE, LICENCE, THREE, starting
from training.networks.expression import INPUT_SHAPE
from training.runs.folder import CALIBRATION, CALIBRATION_CROPS, CHECKPOINT, METRICS, NOTICE, WEIGHTS, save_weights
from training.runs.start import start_of
from training.tuning.agreement import measured, scores
from training.tuning.schedule import Schedule

FACTS = (
    "expression-based, not validated for pain: it answers how strongly a face shows what pain, anger and disgust share",
    "begins as the expression network of face-api (https://github.com/vladmandic/face-api), whose page says: trained "
    "on public sets and on images scraped from the web; its authors' notice is in NOTICE beside this card",
    "crop: the square from forehead to chin, without a margin",
)
TWO = (
    "two readers and a switch: photographs are read by the expression network as it was, drawn faces by a second "
    "reader of its features; a true smile's squint counts as pain in drawn faces, as in the PSPI",
)
GREY_FACTS = (
    "photographs are read by a second network beside it, the emotion network of face_classification "
    "(https://github.com/oarriaga/face_classification), which learnt from FER2013: their answers are averaged",
)
GREY_NOTICE = (
    "It has them from https://github.com/oarriaga/face_classification: MIT License, Copyright (c) 2017 Octavio\n"
)


@dataclass(frozen=True)
class Settings:
    """thresholds: between levels, rising (see levels.py). schedule: of the second reader; none for no epochs.

    grey: the package of a network that reads photographs as well, beside a second reader. start: a bundle or a run's
    folder, whose second reader and levels stay as they are; none is trained then.

    Raises:
        OptionError: such a package without a second reader.
    """

    schedule: Schedule
    thresholds: tuple[float, ...] = THRESHOLDS
    second: Second = field(default_factory=Second)
    grey: Path | None = None
    start: Path | None = None

    def __post_init__(self) -> None:
        if self.grey is not None and not (self.trains or self.start):
            raise OptionError("--grey-package goes with a second reader: --epochs 1 or more, or --start")

    @property
    def trains(self) -> bool:
        """Whether a second reader learns."""
        return self.start is None and bool(self.schedule.epochs)


def run(
    package: Path,
    data: Path,
    out: Path,
    settings: Settings,
    console: Console,
    *,
    scale: float,
    processes: int,
    fresh: bool = False,
) -> dict[str, Any]:
    """Leave a run's folder. Returns what metrics.json says.

    Args:
        package: the archive of `npm pack`, or the package's folder.
        data: drawn crops, made if not there: `scale` times the usual number of people, by so many processes.
        fresh: ignore a checkpoint.

    Raises:
        WeightsError, OptionError, RunError: before anything is written. OSError.
    """
    alone = starting(package, settings.thresholds)
    two = None
    if settings.start is not None:
        two = kept_readers(read_package(package), start_of(settings.start), settings.thresholds)
    notice, told = notices(package, settings.grey), dict[str, Any]()
    grey = None if settings.grey is None else read_grey_reader(settings.grey)
    photographs = photographed(package)
    pictures = Photographs(read_samples(package), photographs) if settings.trains else None
    parts = drawn_parts(data, scale, processes, settings.second.day_people if settings.trains else 0)
    out.mkdir(parents=True, exist_ok=True)
    if pictures is not None:
        read = with_second_reader(
            read_package(package), parts, pictures, settings.thresholds,
            settings.schedule, settings.second, out / CHECKPOINT, fresh, console,
        )  # fmt: skip
        two, told = read.network, {"softness": read.softness, "history": read.history}
    network: nn.Module = alone if two is None else two if grey is None else with_third(two, grey, LEAN)
    save_weights(network, out / WEIGHTS)
    (out / NOTICE).write_text(notice, encoding="utf-8")
    np.save(out / CALIBRATION, calibration(parts, photographs, settings.schedule.seed))
    metrics = _metrics(network, parts, photographs, settings) | told
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(f"drawn people unseen in training: {measured(network, parts.test, INPUT_SHAPE)}")
    faces = ", ".join(f"level {level}: {count}" for level, count in enumerate(metrics["photographs"]["levels"]))
    console.print(f"faces in the package's photographs: {faces}; written to {out}", soft_wrap=True)
    return metrics


def notices(package: Path, grey: Path | None) -> str:
    """What goes with the weights. Raises WeightsError: a package without its notice."""
    head = "The weights are made from those of {} {}, under this notice:\n\n{}"
    found = [head.format(FACE_API.name, FACE_API.version, FACE_API.notice(package))]
    if grey is not None:
        found.append(f"And from {HUMAN.name} {HUMAN.version}, under this notice:\n\n{HUMAN.notice(grey)}")
        found.append(GREY_NOTICE)
    return "\n".join(found)


def calibration(parts: Parts, photographs: Images, seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Drawn crops, all levels alike, and the photographs: float32 [n, 3, 224, 224] in [0, 1].

    Photographs are there because the largest values on them decide how much room a value needs.
    """
    chosen = spread(parts.train.levels, CALIBRATION_CROPS, np.random.default_rng(seed))
    drawn = batch_of(parts.train, chosen, INPUT_SHAPE).x.numpy()
    taken = [one.astype(np.float32) / np.float32(255) for one in fitted(photographs, INPUT_SHAPE)]
    return np.concatenate([drawn, np.stack(taken)]) if taken else drawn


def _metrics(network: nn.Module, parts: Parts, photographs: Images, settings: Settings) -> dict[str, Any]:
    both, grey = settings.trains or settings.start is not None, settings.grey is not None
    packages = [FACE_API, *([HUMAN] if grey else [])]
    return {
        "network": THREE if grey else BOTH if both else FIRST,
        "classes": LEVELS,
        "licences": [LICENCE, *([GREY_LICENCE] if grey else [])],
        "data": "face-api's expression network"
        + ("; face_classification's emotion network" if grey else "")
        + ("; drawn faces; the package's photographs" if both else ""),
        "facts": [*FACTS, *(TWO if both else ()), *(GREY_FACTS if grey else ())],
        "crop": CROP,
        "packages": [{"name": one.name, "version": one.version, "sha256": dict(one.sha256)} for one in packages],
        "recipe": _recipe(settings),
        "seed": settings.schedule.seed,
        "test_people": len(set(parts.test.subjects.tolist())),
        "test": asdict(measured(network, parts.test, INPUT_SHAPE)),
        "photographs": {"faces": len(photographs), "levels": levels_of(network, photographs)},
    }


def _recipe(settings: Settings) -> dict[str, Any]:
    """Of a network that keeps its second reader not how that would be trained."""
    grey = settings.grey is not None
    said = {"command": "expression", "counts": dict(PAIN), "lean": LEAN if grey else 0.0}
    if settings.start is not None:
        return said | {"grey": grey, "start": settings.start.name, "thresholds": list(settings.thresholds)}
    trained = asdict(replace(settings, grey=None))
    del trained["start"]
    return said | trained | {"grey": grey}


def levels_of(network: nn.Module, images: Images) -> list[int]:
    """How many of the crops get each level."""
    pixels = [torch.from_numpy(one).float()[None] / 255 for one in fitted(images, INPUT_SHAPE)]
    found = [int(part.argmax()) for part in scores(network, pixels)]
    counts = np.bincount(np.array(found, np.int64), minlength=LEVELS)
    return [int(count) for count in counts]
