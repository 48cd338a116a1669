"""What a network said about crops, beside what is true: the input of every measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from training.evaluation.errors import CropsError
from training.evaluation.split import Levels, Names, Stills

Reals = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """A network's answers to n crops.

    Attributes:
        scores: float64 [n, L], real units, before softmax.
        estimated: int64 [n], the level it answers with. By the integer network's own argmax, where it is one.
        overflow: how many values of all runs were outside their ring or window (0 for a float network).
        output: how scores become probabilities: "softmax", or "relu" for a network trained with approximate_softmax.
    """

    scores: Reals
    estimated: Levels
    overflow: int = 0
    output: str = "softmax"


@dataclass(frozen=True)
class Predictions:
    """n crops. levels, estimated: int64 [n], 0..L-1. scores: float64 [n, L] before softmax. subjects: str [n].

    Raises CropsError where a true level is none of the network's.
    """

    levels: Levels
    estimated: Levels
    scores: Reals
    subjects: Names
    output: str = "softmax"

    def __post_init__(self) -> None:
        if self.levels.max() >= self.count_levels:
            raise CropsError(f"a true level {self.levels.max()}, but the network has levels 0..{self.count_levels - 1}")

    @classmethod
    def of(cls, stills: Stills, answers: Scores) -> Predictions:
        """A network's answers to these stills."""
        return cls(stills.levels, answers.estimated, answers.scores, stills.subjects, answers.output)

    def __len__(self) -> int:
        return len(self.levels)

    @property
    def count_levels(self) -> int:
        """L."""
        return int(self.scores.shape[1])

    @cached_property
    def probabilities(self) -> Reals:
        """Of the scores, as output says, float64 [n, L]."""
        if self.output == "relu":
            return approximate_softmax(self.scores)
        return np.asarray(softmax(self.scores, axis=1), np.float64)

    @cached_property
    def expected(self) -> Reals:
        """The mean level under the probabilities, float64 [n], 0..L-1."""
        return self.probabilities @ np.arange(self.count_levels, dtype=np.float64)

    def part(self, indices: Indices) -> Predictions:
        """Some of them, perhaps several times."""
        rows = (self.levels[indices], self.estimated[indices], self.scores[indices], self.subjects[indices])
        return Predictions(*rows, self.output)


def approximate_softmax(scores: Reals) -> Reals:
    """PPVC's (see sequences.py), float64 [n, L] of scores [n, L]."""
    positive = np.maximum(scores, 0)
    total = positive.sum(axis=1, keepdims=True)
    return np.where(total > 0, positive / np.where(total > 0, total, 1), 1 / scores.shape[1])


Measure = Callable[[Predictions], float | None]
