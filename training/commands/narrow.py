"""The network for real faces made narrower, so that secure inference of it has half the comparisons.

    ./run train expression --package vladmandic-face-api-1.7.15.tgz --grey-package vladmandic-human-3.3.6.tgz
    ./run train narrow --start runs/expression --package vladmandic-face-api-1.7.15.tgz --pictures PHOTOGRAPHS

The lower halves of both networks that read photographs become short stacks of plain convolutions, which learn to make
what the wide ones make, on drawn faces, on faces in the package's photographs, and on squares of photographs of
anything, by --pictures: any that you may use, the more different the better; nobody need be in them, but faces in them
are learnt from too. Then the reader of
drawn faces learns on, from drawn faces' levels, with what the new halves make. All else stays as it was, and so do its
names and terms. Writes what every training run does: checkpoint.pt and reader.pt, float.safetensors, calibration.npy,
metrics.json, and the start's NOTICE.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.engine.options import add_options
from training.narrow.pool import Counts
from training.narrow.run import Settings, sources_of
from training.narrow.run import run as run_narrow
from training.runs.start import start_of
from training.tuning.schedule import Schedule

READER_EPOCHS, READER_BATCH, READER_RATE, DECAY = 4, 32, 5e-4, 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `narrow`."""
    parser.add_argument("--start", type=Path, required=True, metavar="DIR",
                        help="a run's folder or a bundle, of three readers")  # fmt: skip
    parser.add_argument("--package", type=Path, required=True, help="face-api's, for its photographs")
    parser.add_argument("--pictures", type=Path, nargs="*", default=[], metavar="DIR",
                        help="folders of photographs of anything, for squares and faces of them")  # fmt: skip
    parser.add_argument("--begin", type=Path, metavar="DIR",
                        help="a narrow network of the same start, whose halves learn on, at less --rate")  # fmt: skip
    parser.add_argument("--data", type=Path, default=Path("runs/data-close"), help="drawn crops, made if not there")
    add_options(parser, "--threads", "--fresh", out=Path("runs/narrow"), epochs=60, batch=48, rate=2e-3, seed=1)
    usual = Counts()
    parser.add_argument("--drawn", type=int, default=usual.drawn, help="views of drawn crops")
    parser.add_argument("--faces", type=int, default=usual.faces, help="views of faces in photographs")
    parser.add_argument("--squares", type=int, default=usual.squares, help="views of squares of photographs")
    parser.add_argument(
        "--reader-epochs",
        type=int,
        default=READER_EPOCHS,
        metavar="EPOCHS",
        help="in which drawn faces' reader learns on with the new halves; 0: it stays as it was",
    )
    parser.add_argument("--bfloat16", action="store_true",
                        help="compute the first epochs in bfloat16: twice as fast where the CPU knows it")  # fmt: skip
    parser.add_argument("--scale", type=float, default=0.8, help="of the usual number of people drawn")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises TrainingError, OSError."""
    torch.set_num_threads(args.threads)
    schedule = Schedule(args.epochs, args.batch, args.rate, relative=False, seed=args.seed)
    counts = Counts(args.drawn, args.faces, args.squares)
    reader = Schedule(args.reader_epochs, READER_BATCH, READER_RATE, relative=False, decay=DECAY, seed=args.seed)
    begin = start_of(args.begin) if args.begin else None
    settings = Settings(schedule, reader, counts, sources_of(args.pictures), args.bfloat16, begin)
    return run_narrow(
        start_of(args.start),
        args.package,
        args.data,
        args.out,
        settings,
        Console(),
        scale=args.scale,
        processes=args.threads,
        fresh=args.fresh,
    )
