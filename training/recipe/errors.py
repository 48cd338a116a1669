"""What can go wrong between a recipe and a trained network. What is wrong with data is a datasets.errors.DatasetError.

RecipeError
├── RecipeFileError   a recipe's file breaks its rules (carries the file and, for each problem, its field)
└── StageError        a stage cannot be run on the data that it was given (carries the recipe's and the stage's name)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.errors import TrainingError


class RecipeError(TrainingError):
    """Base of everything this package raises."""


class RecipeFileError(RecipeError):
    """Problems of a recipe's file: (field, what)."""

    def __init__(self, path: Path | str, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(
            "\n".join(f"{path}: {field}: {what}" if field else f"{path}: {what}" for field, what in problems)
        )
        self.path = path
        self.problems = tuple(problems)


class StageError(RecipeError):
    """A stage and its data do not fit."""

    def __init__(self, recipe: str, stage: str, problem: str) -> None:
        super().__init__(f"recipe {recipe}, stage {stage}: {problem}")
        self.recipe = recipe
        self.stage = stage
