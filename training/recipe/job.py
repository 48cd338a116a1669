"""A recipe on data: everything that training needs to know, and what must not change for it to go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.engine.schedules import constant, cosine_by_epoch
from training.recipe.initialisation import Initialisation
from training.recipe.schema import Recipe, Stage
from training.recipe.sources import StageData

LOGS, FEATURES = "logs", "features"


@dataclass(frozen=True)
class Job:
    """Attributes:
    parts: of each stage.
    out: the folder that everything goes into.
    cap: of every stage's epochs; None: as the recipe says.
    fold: of stages that have folds.
    """

    recipe: Recipe
    parts: Sequence[StageData]
    start: Initialisation
    out: Path
    device: torch.device
    cap: int | None = None
    fold: int | None = None

    def epochs(self, stage: Stage) -> int:
        """Of a stage, at most."""
        return stage.epochs if self.cap is None else min(stage.epochs, self.cap)

    def rate_factor(self, stage: Stage) -> Callable[[float], float]:
        """Of the stage's rates, when so many of its epochs are done; the same within an epoch."""
        return constant if stage.schedule == "constant" else cosine_by_epoch(self.epochs(stage))

    def classes(self, stage: int) -> int:
        """How many a stage's head tells apart; of one past the last stage, the last one's."""
        return len(self.parts[min(stage, len(self.parts) - 1)].train.scheme.classes)

    def other_classes(self, stage: int) -> bool:
        """Whether a stage tells other classes apart than the one before it."""
        return self.parts[stage].train.scheme.name != self.parts[stage - 1].train.scheme.name

    @property
    def identity(self) -> dict[str, Any]:
        """Whatever must be the same for a checkpoint to fit."""
        return {
            "recipe": self.recipe.name,
            "network": self.recipe.network,
            "its text": _digest_of_json(self.recipe.model_dump(mode="json")),
            "data": [parts.digest[:16] for parts in self.parts],
            "weights": self.start.sha256[:16],
            "seed": self.start.seed,
            "epochs at most": self.cap,
            "fold": self.fold,
        }


def _digest_of_json(value: Any) -> str:
    """16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
