"""A network fine-tuned to the very integers that secure inference computes with, and what that costs.

    ./run train aware --bundle models/squeezenet-synthetic --data runs/data --epochs 3 --out runs/aware
    ./run train aware --run runs/default --data runs/data --epochs 3 --prune 0.2 --out runs/pruned
    ./run train aware --run runs/default --data runs/data --float-epochs 3 --epochs 3 --pool average --out runs/average

The float network (--run: float.safetensors; --bundle: float.pt2) is compiled on crops of --data, which fixes scales,
shifts, rings and windows. Then its weights are trained through the plan's integers, truncations rounding by chance as
drawn shares do, and the integers that come out are the bundle's: the plan is the one trained for, and nothing is
rounded again. (Compiling trained float weights once more would choose other scales and lose what was learnt of them.)

--pool and --prune change the network first; --float-epochs then train it in float before it is compiled. The network
as it was given teaches, with --soft of the loss. The table at the end has every step's accuracy on the test part's
people beside what it costs.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from faces.crop import WIDE
from snni.compile.__main__ import add_ignored_bits
from training.aware.float_network import FloatNetwork, from_bundle, from_run
from training.aware.run import run as run_aware
from training.aware.settings import Settings
from training.cost.price import LINK
from training.data.pictures import limited, load_parts
from training.engine.options import REQUIRED, add_options
from training.errors import OptionError
from training.runs.folder import DEFAULT_NETWORK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `aware`."""
    parser.add_argument("--run", type=Path, help="a training run's folder")
    parser.add_argument("--bundle", type=Path, help="a bundle's folder, with its float network, instead of --run")
    parser.add_argument("--network", default=DEFAULT_NETWORK, help="of --bundle, where its card does not say")
    parser.add_argument("--data", type=Path, required=True, help="crops: a folder of prepare, or .npz of drawn ones")
    helps = {"--out": "directory for the bundle and the checkpoints", "--epochs": "through the integers",
             "--rate": "in sizes of each tensor", "--fresh": "ignore checkpoints"}  # fmt: skip
    add_options(parser, "--limit", "--threads", "--fresh", helps=helps,
                out=REQUIRED, epochs=3, batch=16, rate=2e-3, seed=1)  # fmt: skip
    parser.add_argument("--float-epochs", type=int, default=0, help="in float, before")
    parser.add_argument("--pool", choices=("max", "average"), help="of networks that leave the choice")
    parser.add_argument("--prune", type=float, default=0.0, metavar="PART", help="of the online bytes to save on ReLUs")
    parser.add_argument("--soft", type=float, default=0.5, help="of the loss: the given network's scores; 0..1")
    parser.add_argument("--name", default="network", help="[a-z0-9_.]+, goes into the plan")
    parser.add_argument("--headroom-bits", type=int, default=1, choices=range(1, 5))
    add_ignored_bits(parser)
    parser.add_argument("--link", default=LINK, help="to predict seconds for: one that was measured")
    parser.add_argument("--private", action="store_true", help="a bundle that must not be passed on")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises TrainingError, SnniError, OSError: in one line, what to do."""
    torch.set_num_threads(args.threads)
    settings = Settings(
        args.epochs, args.float_epochs, args.pool, args.prune, args.soft, args.batch, args.rate, args.seed, args.name,
        args.headroom_bits, args.ignored_bits, args.link, args.private,
    )  # fmt: skip
    given = _given(args)
    parts = limited(load_parts(args.data, given.crop or WIDE), args.limit, args.seed)
    return run_aware(given, parts, settings, args.out, Console(), args.fresh)


def _given(args: argparse.Namespace) -> FloatNetwork:
    """Raises OptionError, RunError, WeightsError, BundleError."""
    if (args.run is None) == (args.bundle is None):
        raise OptionError("name a network: either --run DIR or --bundle DIR")
    return from_run(args.run) if args.run is not None else from_bundle(args.bundle, args.network)
