"""A small student learns from a large teacher's scores as well as from the levels.

    ./run train distil --teacher resnet50 --teacher-weights runs/resnet50/float.safetensors \\
                       --student squeezenet --data runs/data --epochs 20 --out runs/student

Teacher and student are names of training.networks.registry; the teacher's weights are a state dict of its own names,
as `./run train` leaves them. Writes what every training run does: checkpoint.pt, float.safetensors, calibration.npy
(float32 NCHW in [0, 1]) and metrics.json. The terms of the teacher's data bind the student too.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.cost.price import LINK
from training.data.pictures import limited, load_parts
from training.distil.run import Settings
from training.distil.run import run as run_distillation
from training.engine.options import REQUIRED, add_options
from training.loss.soft_targets import TEMPERATURE
from training.networks.registry import NETWORKS
from training.tuning.schedule import Schedule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `distil`."""
    parser.add_argument("--teacher", choices=sorted(NETWORKS), required=True)
    parser.add_argument("--teacher-weights", type=Path, required=True, help="state dict: .safetensors or .pt")
    compiled = sorted(name for name, entry in NETWORKS.items() if entry.compiles)
    parser.add_argument("--student", choices=compiled, default="squeezenet", help="one that secure inference can run")
    parser.add_argument("--student-weights", type=Path, help="to start from; else drawn ones")
    parser.add_argument("--classes", type=int, default=4, help="of both")
    parser.add_argument("--data", type=Path, required=True, help="crops: a folder of prepare, or .npz of drawn ones")
    add_options(parser, "--limit", "--threads", "--fresh",
                out=REQUIRED, epochs=20, batch=32, rate=2e-3, decay=0.02, seed=1)  # fmt: skip
    parser.add_argument("--temperature", type=float, default=TEMPERATURE)
    parser.add_argument("--soft", type=float, default=0.7, help="of the loss: the teacher's scores; 0..1")
    parser.add_argument("--link", default=LINK, help="to predict seconds for: one that was measured")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises TrainingError, SnniError, OSError: in one line, what to do."""
    torch.set_num_threads(args.threads)
    schedule = Schedule(args.epochs, args.batch, args.rate, relative=False, decay=args.decay, seed=args.seed)
    settings = Settings(
        args.teacher, args.teacher_weights, schedule, args.student, args.student_weights, args.classes,
        args.temperature, args.soft, args.link,
    )  # fmt: skip
    return run_distillation(limited(load_parts(args.data), args.limit, args.seed), settings, args.out, Console(),
                            args.fresh)  # fmt: skip
