"""A recipe on data: everything that training needs to know, and what must not change for it to go on."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from training.recipe.schema import Recipe, Stage
from training.recipe.sources import Parts
from training.recipe.start import Start
from training.recipe.state import digest_of_json

CHECKPOINT, LOGS, FEATURES = "checkpoint.pt", "logs", "features"


@dataclass(frozen=True)
class Job:
    """Attributes:
    parts: of each stage.
    out: the folder that everything goes into.
    cap: of every stage's epochs; None: as the recipe says.
    fold: of stages that have folds.
    """

    recipe: Recipe
    parts: Sequence[Parts]
    start: Start
    out: Path
    device: torch.device
    cap: int | None = None
    fold: int | None = None

    def epochs(self, stage: Stage) -> int:
        """Of a stage, at most."""
        return stage.epochs if self.cap is None else min(stage.epochs, self.cap)

    def rate_part(self, stage: Stage, epoch: int) -> float:
        """Of the stage's rates, in an epoch counted from 0. cosine: from 1 towards 0, as torch's CosineAnnealingLR."""
        return 1.0 if stage.schedule == "constant" else 0.5 * (1 + math.cos(math.pi * epoch / self.epochs(stage)))

    def classes(self, stage: int) -> int:
        """How many a stage's head tells apart; of one past the last stage, the last one's."""
        return len(self.parts[min(stage, len(self.parts) - 1)].train.scheme.classes)

    def other_classes(self, stage: int) -> bool:
        """Whether a stage tells other classes apart than the one before it."""
        return self.parts[stage].train.scheme.name != self.parts[stage - 1].train.scheme.name

    @property
    def fingerprint(self) -> str:
        """JSON of whatever must be the same for a checkpoint to fit."""
        return json.dumps(
            {
                "recipe": self.recipe.name,
                "network": self.recipe.network,
                "its text": digest_of_json(self.recipe.model_dump(mode="json")),
                "data": [parts.digest[:16] for parts in self.parts],
                "weights": self.start.sha256[:16],
                "seed": self.start.seed,
                "epochs at most": self.cap,
                "fold": self.fold,
            }
        )
