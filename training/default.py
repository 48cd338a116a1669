"""The default model: SqueezeNet v1.1, four pain levels, trained on drawn faces only.

    python -m training.main default --epochs 20 --threads 2

Writes runs/default/: checkpoint.pt (training goes on from it), float.safetensors (batch norm folded, SqueezeNet v1.1's
own names), metrics.json (people unseen in training), calibration.npy (float32 NCHW in [0, 1], for the compiler).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress as Bar
from safetensors.torch import save_file

from training.data.build import IDENTITIES, LEVELS, build_all
from training.data.dataset import Crops, balanced, to_input
from training.fit import Progress, Recipe, evaluate, run_epoch
from training.metrics import summary
from training.networks.fold import folded
from training.networks.squeezenet import initialised

CALIBRATION_CROPS = 64
ROOT = Path(__file__).resolve().parents[1]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `default`."""
    parser.add_argument("--data", type=Path, default=Path("runs/data"), help="made if not there")
    parser.add_argument("--out", type=Path, default=Path("runs/default"))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="of the usual number of people drawn")
    parser.add_argument("--limit", type=int, default=0, help="train on so many crops only (0: all)")
    parser.add_argument("--float32", action="store_true", help="multiply in float32, not bfloat16")
    parser.add_argument("--fresh", action="store_true", help="ignore a checkpoint")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Train, or go on training, then export and measure. Returns what metrics.json says."""
    console = Console()
    torch.set_num_threads(args.threads)
    people = {split: max(1, round(count * args.scale)) for split, count in IDENTITIES.items()}
    build_all(args.data, people, args.threads)
    train, validation = (Crops.load(args.data / f"{split}.npz") for split in ("train", "validation"))
    if args.limit:
        train = train.part(balanced(train, args.limit, np.random.default_rng(args.seed)))
    recipe = Recipe(args.epochs, args.batch, args.rate, bfloat16=not args.float32, seed=args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    progress = train_network(train, validation, recipe, args.out / "checkpoint.pt", args.fresh, console)
    return export(progress, train, Crops.load(args.data / "test.npz"), recipe, args.out, console)


def train_network(
    train: Crops, validation: Crops, recipe: Recipe, checkpoint: Path, fresh: bool, console: Console
) -> Progress:
    """All epochs that the checkpoint has not seen; it is replaced after each."""
    torch.manual_seed(recipe.seed)
    progress = Progress.start(initialised(), recipe)
    if checkpoint.exists() and not fresh:
        progress.load(checkpoint)
        console.print(f"going on after epoch {progress.epoch}")
    while progress.epoch < recipe.epochs:
        side, started = recipe.size_at(progress.epoch), time.monotonic()
        with Bar(console=console, transient=True) as bar:
            task = bar.add_task(f"epoch {progress.epoch + 1}/{recipe.epochs}", total=len(train))
            loss = run_epoch(progress, train, recipe, lambda done, bar=bar, task=task: bar.update(task, completed=done))
        measured = evaluate(progress.coach.network, validation, side)
        seconds = time.monotonic() - started
        progress.history.append({"epoch": progress.epoch, "side": side, "loss": loss, "seconds": seconds, **measured})
        progress.save(checkpoint)
        console.print(f"epoch {progress.epoch} at {side} px: loss {loss:.3f}, {summary(measured)} ({seconds:.0f} s)")
    return progress


def export(
    progress: Progress, train: Crops, test: Crops, recipe: Recipe, out: Path, console: Console
) -> dict[str, Any]:
    """The files a compiler needs, and the folded network's measure on test's people."""
    assert_disjoint(train, test)
    plain = folded(progress.coach.network)
    weights = {name: value.contiguous() for name, value in plain.state_dict().items()}
    save_file(weights, out / "float.safetensors")
    measured = evaluate(plain, test)
    chosen = balanced(train, CALIBRATION_CROPS, np.random.default_rng(recipe.seed))
    np.save(out / "calibration.npy", to_input(train.images[chosen]).contiguous().numpy())
    metrics = {
        "test": measured,
        "test_people": len(np.unique(test.identities)),
        "train_people": len(np.unique(train.identities)),
        "train_crops": len(train),
        "data": "drawn faces; no photograph of anyone",
        "network": "squeezenet",
        "classes": LEVELS,
        "licences": [],
        "commit": commit(),
        "recipe": asdict(recipe),
        "history": progress.history,
    }
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(f"unseen people: {summary(measured)}")
    return metrics


def commit() -> str:
    """Of the code that trains; empty where there is no repository."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT)
    return asked.stdout.strip()


def assert_disjoint(train: Crops, test: Crops) -> None:
    """Raise ValueError when someone is in both."""
    both = np.intersect1d(train.identities, test.identities)
    if len(both):
        raise ValueError(f"{len(both)} people are in both the training and the test set")
