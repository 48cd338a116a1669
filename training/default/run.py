"""A whole run on drawn faces: draw, train, fold, measure, leave what a compiler needs."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from training.data.build import IDENTITIES, LEVELS, build_all
from training.data.dataset import Crops, balanced, to_input
from training.default.hyperparameters import Hyperparameters
from training.default.measures import evaluate, summary
from training.default.task import train
from training.engine.state import State
from training.networks.fold import folded
from training.runs.folder import CALIBRATION, CALIBRATION_CROPS, CHECKPOINT, METRICS, WEIGHTS, save_weights

ROOT = Path(__file__).resolve().parents[2]


def run(
    data: Path, out: Path, settings: Hyperparameters, console: Console, *,
    scale: float = 1.0, limit: int = 0, processes: int = 1, fresh: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Train, or go on training, then export and measure. Returns what metrics.json says.

    Args:
        data: drawn crops, made if not there, by so many processes; of `scale` times the usual number of people.
        out: the run's folder.
        limit: train on so many crops only; 0: all.
        fresh: ignore a checkpoint.
    """
    people = {split: max(1, round(count * scale)) for split, count in IDENTITIES.items()}
    build_all(data, people, processes)
    crops, validation = (Crops.load(data / f"{split}.npz") for split in ("train", "validation"))
    if limit:
        crops = crops.part(balanced(crops, limit, np.random.default_rng(settings.seed)))
    out.mkdir(parents=True, exist_ok=True)
    state = train(crops, validation, settings, out / CHECKPOINT, fresh, console)
    return export(state, crops, Crops.load(data / "test.npz"), settings, out, console)


def export(
    state: State, crops: Crops, test: Crops, settings: Hyperparameters, out: Path, console: Console
) -> dict[str, Any]:
    """The files a compiler needs, and the folded network's measure on test's people."""
    require_disjoint(crops, test)
    plain = folded(state.network.get_submodule("network"))
    save_weights(plain, out / WEIGHTS)
    measured = evaluate(plain, test)
    chosen = balanced(crops, CALIBRATION_CROPS, np.random.default_rng(settings.seed))
    np.save(out / CALIBRATION, to_input(crops.images[chosen]).contiguous().numpy())
    metrics = {
        "test": measured,
        "test_people": len(np.unique(test.identities)),
        "train_people": len(np.unique(crops.identities)),
        "train_crops": len(crops),
        "data": "drawn faces; no photograph of anyone",
        "network": "squeezenet",
        "classes": LEVELS,
        "licences": [],
        "commit": commit(),
        "recipe": asdict(settings),
        "history": state.history,
    }
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(f"unseen people: {summary(measured)}")
    return metrics


def commit() -> str:
    """Of the code that trains; empty where there is no repository."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT)
    return asked.stdout.strip()


def require_disjoint(crops: Crops, test: Crops) -> None:
    """Raise ValueError when someone is in both."""
    both = np.intersect1d(crops.identities, test.identities)
    if len(both):
        raise ValueError(f"{len(both)} people are in both the training and the test set")
