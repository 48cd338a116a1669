"""The landmark finder: a small ConvNet trained on drawn faces, whose landmarks are known exactly.

    ./run train landmarks

Writes runs/landmarks/: landmarks.safetensors (for backbones: frozen("landmarks", weights=FILE)), metrics.json (how far
it is off on people that it has not seen), train.npz and test.npz (the drawn crops). Nobody's data.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress as Bar
from safetensors.torch import save_file
from torch.nn import functional

from training.backbones.device import chosen
from training.backbones.landmarks import find
from training.data.landmark_set import LandmarkSet, batches, drawn, varied
from training.networks.landmarker import Landmarker
from training.synth.landmarks import LANDMARKS

PEOPLE = {"train": 300, "test": 40}
EYES = [LANDMARKS.index(f"{side}_eye_{end}") for side in ("left", "right") for end in ("inner", "outer")]
WARM = 0.1
"""Part of the steps in which the rate rises; then a cosine to zero."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `landmarks`."""
    parser.add_argument("--out", type=Path, default=Path("runs/landmarks"))
    parser.add_argument("--people", type=int, default=PEOPLE["train"], help="drawn to learn from, four crops each")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Draw, train, measure, save. Returns what metrics.json says. Raises DeviceError."""
    console, device = Console(), chosen(args.device)
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    people = {"train": args.people, "test": max(1, round(args.people * PEOPLE["test"] / PEOPLE["train"]))}
    train, test = (_crops(args.out, split, people[split], console) for split in ("train", "test"))
    started = time.monotonic()
    network = fit(train, args.epochs, args.batch, args.rate, args.seed, device, console)
    seconds = time.monotonic() - started
    save_file({name: value.contiguous().cpu() for name, value in network.state_dict().items()},
              args.out / "landmarks.safetensors")  # fmt: skip
    errors = errors_of(find(network, test.images, device), test.points)
    metrics = {
        "error": float(errors.mean()),
        "error_unit": "mean distance over the distance between the eyes, people unseen in training",
        "error_of": {name: float(value) for name, value in zip(LANDMARKS, errors.mean(axis=0), strict=True)},
        "train_crops": len(train),
        "test_crops": len(test),
        "seconds": seconds,
        "data": "drawn faces; no photograph of anyone",
    }
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(f"unseen people: off by {metrics['error']:.3f} of the distance between the eyes ({seconds:.0f} s)")
    return metrics


def fit(
    train: LandmarkSet, epochs: int, batch: int, rate: float, seed: int, device: torch.device, console: Console
) -> Landmarker:
    """A landmark finder trained from nothing, in evaluation mode, on the device."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Landmarker(len(LANDMARKS)).to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01)
    steps = epochs * len(batches(train, batch))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=max(2, steps + 1), pct_start=WARM)
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("training", total=steps)
        for _ in range(epochs):
            for indices in batches(train, batch, rng):
                inputs, points = (one.to(device) for one in varied(train, indices, rng))
                loss = functional.smooth_l1_loss(network(inputs), points, beta=0.01)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                schedule.step()
                bar.advance(task)
    return network.eval()


def errors_of(found: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Distances over that between the eyes' middles: float64 [n, 24] of two float32 [n, 24, 2]."""
    left, right = points[:, EYES[:2]].mean(axis=1), points[:, EYES[2:]].mean(axis=1)
    apart = np.linalg.norm(right - left, axis=1)
    return np.asarray(np.linalg.norm(found - points, axis=2) / apart[:, None], np.float64)


def _crops(out: Path, split: str, people: int, console: Console) -> LandmarkSet:
    """Of the file, or drawn into it."""
    path = out / f"{split}.npz"
    if not path.exists():
        with Bar(console=console, transient=True) as bar:
            task = bar.add_task(f"drawing {split} faces", total=people)
            drawn(split, people, lambda done: bar.update(task, completed=done)).save(path)
    return LandmarkSet.load(path)
