"""The network for real faces: face-api's expression network, its answers made levels of pain.

    npm pack @vladmandic/face-api@1.7.15 @vladmandic/human@3.3.6
    ./run train expression --package vladmandic-face-api-1.7.15.tgz --grey-package vladmandic-human-3.3.6.tgz

The package's network reads photographs and stays as it is; so does that of --grey-package, where it is given: what they
answer is averaged. A second reader of the first one's features learns drawn faces, and a switch which of them is asked;
--epochs 0 leaves all but the first out, --start takes both of a bundle as they are. The packages are the only outside
input; their weights are pinned by their SHA-256. Writes what every training run does: checkpoint.pt,
float.safetensors, calibration.npy, metrics.json, and a NOTICE that goes with the bundle.
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
from training.expression.second import Second
from training.tuning.schedule import Schedule

DECAY = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `expression`."""
    parser.add_argument("--package", type=Path, required=True, help="what `npm pack` writes, or the package's folder")
    parser.add_argument("--grey-package", type=Path, metavar="PACKAGE",
                        help="of @vladmandic/human, whose emotion network reads photographs as well")  # fmt: skip
    parser.add_argument("--start", type=Path, metavar="DIR",
                        help="a bundle or a run's folder, with the second reader and the switch to take")  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("runs/data-close"), help="drawn crops, made if not there")
    add_options(parser, "--threads", "--fresh", out=Path("runs/expression"), epochs=6, batch=64, rate=2e-3, seed=1,
                helps={"--epochs": "of the second reader; 0: the package's network alone"})  # fmt: skip
    usual = Second()
    parser.add_argument("--views", type=int, default=usual.views, help="of drawn crops, changed, for the switch")
    parser.add_argument("--faces", type=int, default=usual.faces, help="views of faces in the package's photographs")
    parser.add_argument("--squares", type=int, default=usual.squares, help="views of squares of these photographs")
    parser.add_argument("--anchor", type=float, default=usual.anchor,
                        help="weight of the first reader's answers on photographs")  # fmt: skip
    parser.add_argument("--day-people", type=int, default=usual.day_people,
                        help="whose drawn days the second reader learns from, beside stills")  # fmt: skip
    parser.add_argument("--scale", type=float, default=0.8, help="of the usual number of people drawn")
    parser.add_argument("--thresholds", type=float, nargs=3, default=list(THRESHOLDS), metavar="T",
                        help="between the levels, rising")  # fmt: skip


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises TrainingError, OSError."""
    torch.set_num_threads(args.threads)
    schedule = Schedule(args.epochs, args.batch, args.rate, relative=False, decay=DECAY, seed=args.seed)
    second = Second(args.views, args.faces, args.squares, args.anchor, args.day_people)
    settings = Settings(schedule, tuple(args.thresholds), second, args.grey_package, args.start)
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
