"""`./run train RECIPE --data DIR --out DIR`: trains by a recipe, of this project or of your own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

import torch
from rich.console import Console

from training.datasets.errors import DatasetError
from training.engine.device import best, chosen
from training.engine.options import REQUIRED, add_options
from training.recipe.files import changed, paths, read_recipe
from training.recipe.run import Settings
from training.recipe.run import run as run_recipe
from training.recipe.schema import LossName

OWN = "FILE.yaml"
LOSSES = get_args(LossName)


def add_recipes(commands: Any) -> None:
    """A command for each recipe that comes with the project, and one for a file of your own."""
    for name, path in {**paths(), OWN: None}.items():
        about = "a recipe of your own" if path is None else read_recipe(path).about
        parser = commands.add_parser(name, help=about, description=about)
        parser.set_defaults(recipe=path)
        if path is None:
            parser.add_argument("--file", dest="recipe", type=Path, required=True, help=argparse.SUPPRESS)
        add_arguments(parser)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every recipe."""
    parser.add_argument("--data", action="append", default=[], metavar="[NAME=]DIR",
                        help="a folder of ./run train prepare; NAME as the recipe's stages have it")  # fmt: skip
    helps = {"--device": "cpu, cuda or auto (default: cuda where there is one)", "--seed": "default: the recipe's"}
    add_options(parser, "--threads", "--fresh", helps=helps, out=REQUIRED, device="auto", seed=None)
    parser.add_argument("--weights", type=Path, help="to begin with: a public checkpoint (.pth, .pt, .safetensors)")
    parser.add_argument("--epochs", type=int, metavar="N", help="of every stage, at most")
    parser.add_argument("--fold", type=int, metavar="K", help="of a recipe with folds, from 0; default: all in turn")
    parser.add_argument("--folds", type=int, metavar="N", help="instead of the recipe's number of folds")
    parser.add_argument("--network", help="instead of the recipe's")
    parser.add_argument("--loss", choices=LOSSES, help="instead of the recipe's, in every stage")
    parser.add_argument("--publishable", action="store_true",
                        help="refuse sets whose terms keep networks trained on them from being given away")  # fmt: skip
    parser.add_argument("--draws", type=int, default=1000, help="redrawn sets of people for each interval")


def run(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Each fold's metrics. Raises TrainingError, OSError."""
    torch.set_num_threads(args.threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    recipe = changed(read_recipe(args.recipe), args.recipe, network=args.network, loss=args.loss, folds=args.folds)
    device = best() if args.device == "auto" else chosen(args.device)
    settings = Settings(
        folders_of(args.data), args.weights, device, args.seed, args.epochs, args.fold, args.publishable, args.draws,
        args.fresh,
    )  # fmt: skip
    return run_recipe(recipe, settings, args.out, Console())


def folders_of(options: list[str]) -> dict[str, Path]:
    """--data's values by name; a folder without a name is under "". Raises DatasetError: a name twice."""
    found: dict[str, Path] = {}
    for option in options:
        name, equals, folder = option.partition("=")
        name, folder = (name, folder) if equals and "/" not in name else ("", option)
        if name in found:
            raise DatasetError(f"--data {option}: {name or 'a folder without a name'} was given already")
        found[name] = Path(folder)
    return found
