"""A network adapted to one home by its own photographs, without labels.

    ./run train prepare DIR --photographs home --accept-licence home --out runs/photographs
    ./run train adapt --photographs runs/photographs --out runs/adapted
    ./run compile --run runs/adapted --private --out BUNDLE

Begins with a bundle or a run of four levels (--start). Teachers say what each photograph shows: the start itself, from
several sides, and further networks (--teacher). The start's own answers are the anchor that keeps the network from
drifting (--anchor, and drawn faces in --data). With --calm, which says that nobody hurt on the photographs, thresholds
rise until at most --false-calls of them count as pain. No photograph leaves --photographs. Writes what every
training run does, and adapt.html and adapt.json: before and after.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from faces.crop import CLOSE
from training.adapt.run import Home, Settings, drawn_parts
from training.adapt.run import run as run_adaptation
from training.engine.options import add_options
from training.errors import OptionError
from training.runs.start import start_of
from training.tuning.schedule import Schedule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `adapt`."""
    parser.add_argument("--photographs", type=Path, required=True, help="folder of `train prepare --photographs`")
    parser.add_argument(
        "--start", type=Path, default=Path("models/expression-real"), help="a bundle, or a run's folder"
    )
    parser.add_argument("--teacher", type=Path, action="append", default=[], metavar="DIR",
                        help="another bundle or run of four levels; may be given several times")  # fmt: skip
    parser.add_argument("--data", type=Path, help="drawn crops for the anchor, made if not there; default: "
                        "runs/data-close for a network of close crops, else runs/data")  # fmt: skip
    add_options(parser, "--threads", "--fresh", out=Path("runs/adapted"), epochs=8, batch=16, rate=1e-3, seed=1,
                helps={"--rate": "in sizes of each tensor"})  # fmt: skip
    parser.add_argument("--anchor", type=float, default=0.5, help="part of the start's answers in what is wanted, 0..1")
    parser.add_argument("--calm", action="store_true", help="the photographs show nobody in pain: set the thresholds")
    parser.add_argument("--false-calls", type=float, default=0.05, metavar="PART",
                        help="with --calm: of calm photographs that may be called pain")  # fmt: skip


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what adapt.json says. Raises TrainingError, OSError."""
    torch.set_num_threads(args.threads)
    schedule = Schedule(args.epochs, args.batch, args.rate, seed=args.seed)
    settings = Settings(schedule, args.anchor, args.false_calls if args.calm else None)
    if not 0 <= args.anchor <= 1:
        raise OptionError(f"--anchor must be 0..1, got {args.anchor:g}")
    start, teachers = start_of(args.start), [start_of(folder) for folder in args.teacher]
    Home.load(args.photographs, start.crop)  # what is wrong there is told before faces are drawn for minutes
    data = args.data or Path("runs/data-close" if start.crop == CLOSE else "runs/data")
    drawn = drawn_parts(data, start.crop, args.threads)
    return run_adaptation(start, teachers, args.photographs, drawn, settings, args.out, Console(), args.fresh)
