"""The default model: SqueezeNet v1.1, four pain levels, trained on drawn faces only.

    ./run train default --epochs 20 --threads 2

Writes runs/default/: checkpoint.pt (training goes on from it), float.safetensors (batch norm folded, SqueezeNet v1.1's
own names), metrics.json (people unseen in training), calibration.npy (float32 NCHW in [0, 1], for the compiler).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.default.hyperparameters import Hyperparameters
from training.default.run import run as run_default
from training.engine.options import add_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `default`."""
    parser.add_argument("--data", type=Path, default=Path("runs/data"), help="made if not there")
    add_options(parser, out=Path("runs/default"), epochs=20, batch=48, rate=2e-3, seed=1)
    add_options(parser, "--threads", "--limit", "--fresh", helps={"--limit": "train on so many crops only (0: all)"})
    parser.add_argument("--scale", type=float, default=1.0, help="of the usual number of people drawn")
    parser.add_argument("--float32", action="store_true", help="multiply in float32, not bfloat16")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says."""
    torch.set_num_threads(args.threads)
    settings = Hyperparameters(args.epochs, args.batch, args.rate, bfloat16=not args.float32, seed=args.seed)
    return run_default(
        args.data, args.out, settings, Console(),
        scale=args.scale, limit=args.limit, processes=args.threads, fresh=args.fresh,
    )  # fmt: skip
