"""What a network says before and after: of photographs, about which only the teachers can be asked, and of drawn faces,
whose levels are known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from training.adapt.lessons import changed
from training.adapt.teachers import Pseudo, expected, levels_of, scores_of
from training.adapt.thresholds import PAIN
from training.data.pictures import Levels, Pictures
from training.evaluation.ranking import auc
from training.runs.start import Start
from training.tuning.agreement import agreement

CHANGES = 4
"""Copies of a photograph, changed as another hour would change it, that should get its level."""
CALM = 0.9
"""A person's calm face reads at most at the level that this part of his photographs keep to."""


@dataclass(frozen=True)
class Seen:
    """A network's scores on plain crops, float32 [n, L]; which part of changed ones kept the level, 0..1 [n]."""

    scores: Tensor
    steady: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def levels(self) -> Levels:
        return levels_of(self.scores)


def look(network: nn.Module, start: Start, pictures: Pictures, seed: int, changes: int = CHANGES) -> Seen:
    """At every crop and so many changed copies of it; the same seed changes crops alike."""
    asked = Start(network.eval(), start.name, start.kind, start.crop, ())
    rows, steady = [], []
    for index in range(len(pictures.levels)):
        crop, rng = pictures.crop(index), np.random.default_rng([seed, index])
        several = np.stack([crop, *(changed(crop, rng) for _ in range(changes))])
        scores = scores_of(asked, several)
        found = levels_of(scores)
        rows.append(scores[0])
        steady.append(float(np.mean(found[1:] == found[0])) if changes else 1.0)
    return Seen(torch.stack(rows), np.array(steady))


def of_photographs(seen: Seen, pseudo: Pseudo, pictures: Pictures) -> dict[str, Any]:
    """JSON: agreement with the teachers, levels, how steady they are, and each person's."""
    mean = expected(seen.scores.softmax(1))
    varied = len(mean) > 2 and np.ptp(mean) > 0 and np.ptp(pseudo.level) > 0
    return {
        "photographs": len(mean),
        "levels": np.bincount(seen.levels, minlength=seen.scores.shape[1]).tolist(),
        "pain": float(np.mean(seen.levels >= PAIN)),
        "same_level_as_teachers": float(np.mean(seen.levels == pseudo.wanted.argmax(1).numpy())),
        "rank_correlation_with_teachers": float(spearmanr(mean, pseudo.level).statistic) if varied else None,
        "steady": float(np.mean(seen.steady)),
        "people": _people(seen, pictures),
    }


def of_drawn(seen: Seen, levels: Levels) -> dict[str, Any]:
    """JSON: agreement with the true levels, and pain against none."""
    pain = seen.scores.softmax(1)[:, PAIN:].sum(1).double().numpy()
    sharp = (levels == 0) | (levels >= PAIN)
    said = seen.levels >= PAIN
    return {
        **asdict(agreement(levels, seen.levels)),
        "auc_pain": auc(levels[sharp] >= PAIN, pain[sharp]),
        "pain_found": _part(said, levels >= PAIN),
        "calm_called_pain": _part(said, levels == 0),
    }


def calm_level(levels: Levels) -> int:
    """The level that CALM of the pictures of a person do not pass."""
    return int(np.quantile(levels, CALM, method="inverted_cdf"))


def _people(seen: Seen, pictures: Pictures) -> list[dict[str, Any]]:
    subjects = np.asarray(pictures.subjects)
    return [
        {
            "person": str(person),
            "photographs": int((subjects == person).sum()),
            "levels": np.bincount(seen.levels[subjects == person], minlength=seen.scores.shape[1]).tolist(),
            "reads_at": calm_level(seen.levels[subjects == person]),
        }
        for person in np.unique(subjects)
    ]


def _part(said: np.ndarray[Any, np.dtype[np.bool_]], of: np.ndarray[Any, np.dtype[np.bool_]]) -> float | None:
    return float(said[of].mean()) if of.any() else None
