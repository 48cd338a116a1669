"""The landmark finder: a small ConvNet trained on drawn faces, whose landmarks are known exactly.

    ./run train landmarks

Writes runs/landmarks/: landmarks.safetensors (for backbones: frozen("landmarks", weights=FILE)), metrics.json (how far
it is off on people that it has not seen), train.npz and test.npz (the drawn crops), checkpoint.pt (training goes on
from it). Nobody's data.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.engine.device import chosen
from training.engine.options import add_options
from training.landmark_finder.run import PEOPLE
from training.landmark_finder.run import run as run_landmarks
from training.landmark_finder.task import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `landmarks`."""
    parser.add_argument("--people", type=int, default=PEOPLE["train"], help="drawn to learn from, four crops each")
    add_options(parser, out=Path("runs/landmarks"), epochs=30, batch=32, rate=3e-3, seed=1)
    add_options(parser, "--threads", "--device", "--fresh")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises DeviceError."""
    torch.set_num_threads(args.threads)
    settings = Settings(args.epochs, args.batch, args.rate, args.seed)
    return run_landmarks(args.out, settings, chosen(args.device), Console(), people=args.people, fresh=args.fresh)
