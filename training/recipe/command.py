"""`./run train RECIPE --data DIR --out DIR`: trains by a recipe, of this project or of your own."""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.backbones.device import chosen
from training.datasets.errors import DatasetError
from training.recipe.errors import RecipeError
from training.recipe.export import METRICS, compile_hint, export, write_whole
from training.recipe.files import changed, paths, read_recipe
from training.recipe.job import Job
from training.recipe.schema import LossName, Recipe
from training.recipe.shown import bars, stepper
from training.recipe.sources import check_crops, load_parts
from training.recipe.start import Start
from training.recipe.trainer import Trainer

OWN = "FILE.yaml"
LOSSES = LossName.__args__  # type: ignore[attr-defined]


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
    parser.add_argument("--out", type=Path, required=True, help="made if not there; an interrupted run goes on in it")
    parser.add_argument("--weights", type=Path, help="to begin with: a public checkpoint (.pth, .pt, .safetensors)")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default: cuda where there is one)")
    parser.add_argument("--seed", type=int, help="default: the recipe's")
    parser.add_argument("--epochs", type=int, metavar="N", help="of every stage, at most")
    parser.add_argument("--fold", type=int, metavar="K", help="of a recipe with folds, from 0; default: all in turn")
    parser.add_argument("--folds", type=int, metavar="N", help="instead of the recipe's number of folds")
    parser.add_argument("--network", help="instead of the recipe's")
    parser.add_argument("--loss", choices=LOSSES, help="instead of the recipe's, in every stage")
    parser.add_argument("--publishable", action="store_true",
                        help="refuse sets whose terms keep networks trained on them from being given away")  # fmt: skip
    parser.add_argument("--draws", type=int, default=1000, help="redrawn sets of people for each interval")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="ignore a checkpoint")


def run(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Train, or go on training; each fold's metrics.

    Raises:
        RecipeError, DatasetError, BackboneError, EvaluationError, OSError: before anything is written where the
            command, the recipe, the data, the weights or the checkpoint is at fault.
    """
    console = Console()
    torch.set_num_threads(args.threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    recipe = changed(read_recipe(args.recipe), args.recipe, network=args.network, loss=args.loss, folds=args.folds)
    folds = sorted({stage.folds for stage in recipe.stages if stage.folds is not None})
    _check(args, recipe, folds)
    if not folds or args.fold is not None:
        return [_fold(args, recipe, args.fold, args.out, console)]
    found = [_fold(args, recipe, fold, args.out / f"fold-{fold}", console) for fold in range(folds[0])]
    write_whole(args.out / "folds.json", (json.dumps(_over_folds(found), indent=1) + "\n").encode())
    console.print(f"all folds: {args.out / 'folds.json'}", highlight=False, soft_wrap=True)
    return found


def _check(args: argparse.Namespace, recipe: Recipe, folds: list[int]) -> None:
    if args.epochs is not None and args.epochs < 1:
        raise RecipeError(f"--epochs must be at least 1, got {args.epochs}")
    if len(folds) > 1:
        raise RecipeError(f"recipe {recipe.name}: stages have different numbers of folds")
    if args.fold is not None and not folds:
        raise RecipeError(f"recipe {recipe.name} has no folds; leave out --fold")
    if args.fold is not None and not 0 <= args.fold < folds[0]:
        raise RecipeError(f"--fold must be 0..{folds[0] - 1}, got {args.fold}")


def _fold(args: argparse.Namespace, recipe: Recipe, fold: int | None, out: Path, console: Console) -> dict[str, Any]:
    device = chosen("cuda" if torch.cuda.is_available() else "cpu") if args.device == "auto" else chosen(args.device)
    parts = load_parts(recipe, folders_of(args.data), fold, args.publishable)
    seed = recipe.seed if args.seed is None else args.seed
    start = Start.of(recipe, seed, args.weights, device)
    job = Job(recipe, parts, start, out, device, args.epochs, fold)
    trainer = Trainer(job, console)
    if not args.fresh:
        trainer.require_mine()
    with bars(console) as shown:
        check_crops(parts, stepper(shown))
    for stage, one in zip(recipe.stages, parts, strict=True):
        told = ", ".join(f"{name} {count}" for name, count in one.people.items())
        held = "; validation held out of training here" if one.held_out else ""
        console.print(f"stage {stage.name}: {one.folder.name}, subjects: {told}{held}", highlight=False,
                      soft_wrap=True)  # fmt: skip
    if args.fresh:
        (out / METRICS).unlink(missing_ok=True)  # it is of what is trained over now
    metrics = export(job, trainer.train(args.fresh), args.draws, console)
    test = ", ".join(f"{name} {value:.3f}" for name, value in metrics["test"].items()
                     if name in ("accuracy", "f1_macro", "mae") and value is not None)  # fmt: skip
    console.print(f"test: {test}; report: {out / 'report.html'}", highlight=False, soft_wrap=True)
    console.print(compile_hint(job), highlight=False, soft_wrap=True)
    return metrics


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


def _over_folds(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and standard deviation of each test figure that every fold has."""
    figures = {}
    for name in ("accuracy", "f1_macro", "mae", "pcc", "icc31"):
        values = [one["test"].get(name) for one in found]
        if all(value is not None for value in values):
            deviation = statistics.stdev(values) if len(values) > 1 else 0.0
            figures[name] = {"mean": statistics.fmean(values), "standard_deviation": deviation, "folds": values}
    return {"folds": len(found), "test": figures}
