"""The network for real faces: face-api's expression network, its answers made levels of pain.

    npm pack @vladmandic/face-api@1.7.15
    ./run train expression --package vladmandic-face-api-1.7.15.tgz --out runs/expression

--epochs fine-tunes it on drawn faces with an anchor to what it began as; the best epoch is kept, and more drawing would
make real faces worse. The package is the only outside input; its weights are pinned by their SHA-256. Writes what every
training run does: checkpoint.pt, float.safetensors, calibration.npy, metrics.json, and a NOTICE that goes with the
bundle.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.engine.options import add_options
from training.expression.levels import THRESHOLDS
from training.expression.run import Settings
from training.expression.run import run as run_expression
from training.expression.task import Anchor
from training.tuning.schedule import Schedule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `expression`."""
    parser.add_argument("--package", type=Path, required=True, help="what `npm pack` writes, or the package's folder")
    parser.add_argument("--data", type=Path, default=Path("runs/data-close"), help="drawn crops, made if not there")
    add_options(parser, "--threads", "--fresh", out=Path("runs/expression"), epochs=0, batch=16, rate=5e-3, seed=1,
                helps={"--epochs": "of fine-tuning on drawn crops, at most; 0: the package's network as it is",
                       "--rate": "in sizes of each tensor"})  # fmt: skip
    parser.add_argument("--soft", type=float, default=0.5, help="of the loss on drawn crops: the start's answers; 0..1")
    parser.add_argument("--anchor", type=float, default=1.0, help="weight of the start's answers on photographs")
    parser.add_argument("--scale", type=float, default=0.2, help="of the usual number of people drawn")
    parser.add_argument("--thresholds", type=float, nargs=3, default=list(THRESHOLDS), metavar="T",
                        help="between the levels, rising")  # fmt: skip


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises TrainingError, OSError."""
    torch.set_num_threads(args.threads)
    schedule = Schedule(args.epochs, args.batch, args.rate, seed=args.seed)
    settings = Settings(schedule, tuple(args.thresholds), Anchor(args.soft, args.anchor))
    return run_expression(
        args.package,
        args.data,
        args.out,
        settings,
        Console(),
        scale=args.scale,
        processes=args.threads,
        fresh=args.fresh,
    )
