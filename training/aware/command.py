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

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn

from snni.compile.__main__ import add_ignored_bits
from snni.compile.calibrate import read_images
from snni.compile.compiler import quantise
from snni.errors import SnniError
from training.aware.changes import changed, warmed
from training.aware.network import AwareNetwork
from training.aware.price import LINK, Variant, price, table
from training.aware.result import Outcome, finish
from training.aware.start import Start, from_bundle, from_run
from training.datasets.licence import require_publishable
from training.distil.loss import taught
from training.evaluation.errors import EvaluationError
from training.tuning.batch import Batch, batch_of
from training.tuning.errors import TuningError
from training.tuning.loop import Schedule, Tuning, measured, tune
from training.tuning.pictures import Parts, limited, load_parts, spread
from training.tuning.run_folder import DEFAULT_NETWORK

CALIBRATION_CROPS = 64
PRESSURE = 0.1
"""Weight of the loss that keeps values within their windows."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `aware`."""
    parser.add_argument("--run", type=Path, help="a training run's folder")
    parser.add_argument("--bundle", type=Path, help="a bundle's folder, with its float network, instead of --run")
    parser.add_argument("--network", default=DEFAULT_NETWORK, help="of --bundle, where its card does not say")
    parser.add_argument("--data", type=Path, required=True, help="crops: a folder of prepare, or .npz of drawn ones")
    parser.add_argument("--out", type=Path, required=True, help="directory for the bundle and the checkpoints")
    parser.add_argument("--epochs", type=int, default=3, help="through the integers")
    parser.add_argument("--float-epochs", type=int, default=0, help="in float, before")
    parser.add_argument("--pool", choices=("max", "average"), help="of networks that leave the choice")
    parser.add_argument("--prune", type=float, default=0.0, metavar="PART", help="of the online bytes to save on ReLUs")
    parser.add_argument("--soft", type=float, default=0.5, help="of the loss: the given network's scores; 0..1")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3, help="in sizes of each tensor")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0, help="use so many crops of each part only (0: all)")
    parser.add_argument("--name", default="network", help="[a-z0-9_.]+, goes into the plan")
    parser.add_argument("--headroom-bits", type=int, default=1, choices=range(1, 5))
    add_ignored_bits(parser)
    parser.add_argument("--link", default=LINK, help="to predict seconds for: one that bench/results has")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="ignore checkpoints")
    parser.add_argument("--private", action="store_true", help="a bundle that must not be passed on")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises TuningError, DatasetError: in one line, what to do."""
    try:
        return _run(args, Console())
    except (SnniError, EvaluationError, OSError) as error:
        raise TuningError(str(error)) from error


def _run(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    torch.set_num_threads(args.threads)
    given, parts = start_of(args), limited(load_parts(args.data), args.limit, args.seed)
    licences = tuple(sorted({*given.licences, *parts.train.licences}))
    if not args.private:
        require_publishable(licences)
        if given.private:
            raise TuningError(f"{given.about} must not be passed on, nor what comes of it; add --private")
    check(args, given, parts)
    shape = given.shape
    chosen = spread(parts.train.levels, CALIBRATION_CROPS, np.random.default_rng(args.seed))
    images = read_images([batch_of(parts.train, chosen[i : i + 1], shape).x for i in range(len(chosen))])
    variants = [Variant("float, as given", measured(given.module, parts.test, shape))]
    start = changed(given, args, parts.validation, images, console)
    if start is not given:
        before = quantise(given.module, images, args.headroom_bits, ignored_bits=args.ignored_bits)
        network = AwareNetwork(before, before.emit(args.name)[0])
        variants.append(Variant("int8, as given", measured(network, parts.test, shape), price(network.plan, args.link)))
    args.out.mkdir(parents=True, exist_ok=True)
    module = warmed(start, given.module, args, parts, console)
    quantised = quantise(module, images, args.headroom_bits, ignored_bits=args.ignored_bits)
    aware = AwareNetwork(quantised, quantised.emit(args.name)[0])
    cost = price(aware.plan, args.link)
    variants.append(Variant("int8, compiled", measured(aware, parts.test, shape), cost))
    history = train(aware, given, start, parts, args, console)
    variants.append(Variant("int8, trained", measured(aware, parts.test, shape), cost))
    outcome = Outcome(aware, quantised, module, start, licences, parts, history)
    metrics = finish(outcome, images, variants, args)
    console.print(table(variants, args.link))
    console.print(f"written to {args.out}", soft_wrap=True)
    return metrics


def start_of(args: argparse.Namespace) -> Start:
    """Raises TuningError, BundleError."""
    if (args.run is None) == (args.bundle is None):
        raise TuningError("name a network: either --run DIR or --bundle DIR")
    return from_run(args.run) if args.run is not None else from_bundle(args.bundle, args.network)


def check(args: argparse.Namespace, given: Start, parts: Parts) -> None:
    """Raises TuningError: numbers that make no training, or levels that the network has not."""
    if args.epochs < 0 or args.float_epochs < 0 or args.batch < 2 or not args.rate > 0 or not 0 <= args.soft <= 1:
        raise TuningError("--epochs must be 0 or more, --batch 2 or more, --rate above 0, --soft in 0..1")
    most = max(int(part.levels.max()) for part in (parts.train, parts.validation, parts.test))
    if most >= len(given.classes):
        raise TuningError(f"{args.data}: has a level {most}, but {given.about} has levels 0..{len(given.classes) - 1}")


def train(
    aware: AwareNetwork, given: Start, start: Start, parts: Parts, args: argparse.Namespace, console: Console
) -> list[dict[str, Any]]:
    """All epochs through the integers that the checkpoint has not seen. Returns their history."""
    learn = taught(given.module, given.shape, args.soft)

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        return learn(network, batch) + PRESSURE * aware.pressure

    schedule = Schedule(args.epochs, args.batch, args.rate, seed=args.seed)
    what = f"{start.structure} of {start.about}, {len(parts.train.levels)} crops, plan {aware.plan.plan_hash}"
    tuning = Tuning(aware, schedule, what)
    checkpoint = args.out / "checkpoint.pt"
    if args.fresh:
        checkpoint.unlink(missing_ok=True)
    tune(tuning, parts.train, parts.validation, given.shape, loss, console, checkpoint)
    return tuning.history
