"""A whole run by a recipe: once, or once for each fold."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from training.engine.progress import bars, stepper
from training.recipe.errors import RecipeError
from training.recipe.export import compile_hint, export, write_whole
from training.recipe.initialisation import Initialisation
from training.recipe.job import Job
from training.recipe.schema import Recipe
from training.recipe.sources import StageData, check_crops, load_parts
from training.recipe.stages import Trainer
from training.runs.folder import METRICS


@dataclass(frozen=True)
class Settings:
    """Attributes:
    folders: of prepared crops, by the names that the stages use; a single one may be under "".
    weights: to begin with; None: drawn ones.
    device: that computes.
    seed: None: the recipe's.
    epochs: of every stage, at most, 1 or more; None: as the recipe says.
    fold: of a recipe with folds, from 0; None: all in turn.
    publishable: refuse sets whose terms keep networks trained on them from being given away.
    draws: redrawn sets of people for each interval of the report.
    fresh: ignore a checkpoint.

    Raises:
        RecipeError: epochs below 1.
    """

    folders: Mapping[str, Path]
    weights: Path | None
    device: torch.device
    seed: int | None = None
    epochs: int | None = None
    fold: int | None = None
    publishable: bool = False
    draws: int = 1000
    fresh: bool = False

    def __post_init__(self) -> None:
        if self.epochs is not None and self.epochs < 1:
            raise RecipeError(f"--epochs must be at least 1, got {self.epochs}")


def run(recipe: Recipe, settings: Settings, out: Path, console: Console) -> list[dict[str, Any]]:
    """Train, or go on training; each fold's metrics.

    Raises:
        TrainingError, OSError: before anything is written where the recipe, the data, the weights or the checkpoint is
            at fault.
    """
    folds = _folds(recipe, settings.fold)
    if not folds or settings.fold is not None:
        return [_fold(recipe, settings, settings.fold, out, console)]
    found = [_fold(recipe, settings, fold, out / f"fold-{fold}", console) for fold in range(folds)]
    write_whole(out / "folds.json", (json.dumps(_over_folds(found), indent=1) + "\n").encode())
    console.print(f"all folds: {out / 'folds.json'}", highlight=False, soft_wrap=True)
    return found


def _folds(recipe: Recipe, fold: int | None) -> int:
    """How many a recipe has, 0 for none. Raises RecipeError: the fold is none of them."""
    folds = sorted({stage.folds for stage in recipe.stages if stage.folds is not None})
    if len(folds) > 1:
        raise RecipeError(f"recipe {recipe.name}: stages have different numbers of folds")
    if fold is not None and not folds:
        raise RecipeError(f"recipe {recipe.name} has no folds; leave out --fold")
    if fold is not None and not 0 <= fold < folds[0]:
        raise RecipeError(f"--fold must be 0..{folds[0] - 1}, got {fold}")
    return folds[0] if folds else 0


def _fold(recipe: Recipe, settings: Settings, fold: int | None, out: Path, console: Console) -> dict[str, Any]:
    parts = load_parts(recipe, settings.folders, fold, settings.publishable)
    seed = recipe.seed if settings.seed is None else settings.seed
    start = Initialisation.of(recipe, seed, settings.weights, settings.device)
    job = Job(recipe, parts, start, out, settings.device, settings.epochs, fold)
    trainer = Trainer(job, console)
    if not settings.fresh:
        trainer.require_mine()
    with bars(console) as shown:
        check_crops(parts, stepper(shown))
    _tell_people(recipe, parts, console)
    if settings.fresh:
        (out / METRICS).unlink(missing_ok=True)  # it is of what is trained over now
    metrics = export(job, trainer.train(settings.fresh), settings.draws, console)
    test = ", ".join(f"{name} {value:.3f}" for name, value in metrics["test"].items()
                     if name in ("accuracy", "f1_macro", "mae") and value is not None)  # fmt: skip
    console.print(f"test: {test}; report: {out / 'report.html'}", highlight=False, soft_wrap=True)
    console.print(compile_hint(job), highlight=False, soft_wrap=True)
    return metrics


def _tell_people(recipe: Recipe, parts: list[StageData], console: Console) -> None:
    for stage, one in zip(recipe.stages, parts, strict=True):
        told = ", ".join(f"{name} {count}" for name, count in one.people.items())
        held = "; validation held out of training here" if one.held_out else ""
        said = f"stage {stage.name}: {one.folder.name}, subjects: {told}{held}"
        console.print(said, highlight=False, soft_wrap=True)


def _over_folds(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and standard deviation of each test figure that every fold has."""
    figures = {}
    for name in ("accuracy", "f1_macro", "mae", "pcc", "icc31"):
        values = [one["test"].get(name) for one in found]
        if all(value is not None for value in values):
            deviation = statistics.stdev(values) if len(values) > 1 else 0.0
            figures[name] = {"mean": statistics.fmean(values), "standard_deviation": deviation, "folds": values}
    return {"folds": len(found), "test": figures}
