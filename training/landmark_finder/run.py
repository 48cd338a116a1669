"""A whole run of the landmark finder: draw, train, measure, save."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from training.backbones.landmarks import find
from training.engine.progress import bars, counter
from training.landmark_finder.crops import LandmarkSet, drawn
from training.landmark_finder.task import Settings, checkpoint_of, train
from training.runs.folder import CHECKPOINT, METRICS, save_weights
from training.synth.landmarks import LANDMARKS

PEOPLE = {"train": 300, "test": 40}
EYES = [LANDMARKS.index(f"{side}_eye_{end}") for side in ("left", "right") for end in ("inner", "outer")]


def run(
    out: Path, settings: Settings, device: torch.device, console: Console, *, people: int, fresh: bool = False
) -> dict[str, Any]:
    """Returns what metrics.json says. people: drawn to learn from; fresh: ignore a checkpoint."""
    out.mkdir(parents=True, exist_ok=True)
    counts = {"train": people, "test": max(1, round(people * PEOPLE["test"] / PEOPLE["train"]))}
    crops, test = (_crops(out, split, counts[split], console) for split in ("train", "test"))
    started = time.monotonic()
    checkpoint = checkpoint_of(out / CHECKPOINT, crops, settings)
    if fresh:
        checkpoint.discard()
    network = train(crops, settings, device, console, checkpoint)
    seconds = time.monotonic() - started
    save_weights(network, out / "landmarks.safetensors")
    errors = errors_of(find(network, test.images, device), test.points)
    metrics = {
        "error": float(errors.mean()),
        "error_unit": "mean distance over the distance between the eyes, people unseen in training",
        "error_of": {name: float(value) for name, value in zip(LANDMARKS, errors.mean(axis=0), strict=True)},
        "train_crops": len(crops),
        "test_crops": len(test),
        "seconds": seconds,
        "data": "drawn faces; no photograph of anyone",
    }
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(f"unseen people: off by {metrics['error']:.3f} of the distance between the eyes ({seconds:.0f} s)")
    return metrics


def errors_of(found: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Distances over that between the eyes' middles: float64 [n, 24] of two float32 [n, 24, 2]."""
    left, right = points[:, EYES[:2]].mean(axis=1), points[:, EYES[2:]].mean(axis=1)
    apart = np.linalg.norm(right - left, axis=1)
    return np.asarray(np.linalg.norm(found - points, axis=2) / apart[:, None], np.float64)


def _crops(out: Path, split: str, people: int, console: Console) -> LandmarkSet:
    """Of the file, or drawn into it."""
    path = out / f"{split}.npz"
    if not path.exists():
        with bars(console) as shown:
            drawn(split, people, counter(shown, f"drawing {split} faces", people)).save(path)
    return LandmarkSet.load(path)
