"""Confidence intervals: what a measure would have been with other people.

Crops of one person are alike, so people are drawn again with replacement, each with all their crops (the cluster
bootstrap: A. C. Davison, D. V. Hinkley, "Bootstrap methods and their application", 1997, section 3.8). The interval is
between percentiles of the measures of the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from training.evaluation.predictions import Indices, Measure, Predictions
from training.evaluation.split import Names

LEVEL = 0.95
LEAST_PEOPLE = 5
"""With fewer people than this, percentiles of redrawn people say nothing."""


@dataclass(frozen=True)
class Interval:
    """low and high hold 95 % of the draws that had a measure."""

    low: float
    high: float

    def pair(self) -> list[float]:
        """For JSON."""
        return [self.low, self.high]


def redraws(subjects: Names, draws: int, seed: int) -> Iterator[Indices]:
    """Indices of `draws` redrawn sets, each with as many people as there are."""
    names, owner = np.unique(subjects, return_inverse=True)
    of = [np.flatnonzero(owner == index) for index in range(len(names))]
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.concatenate([of[index] for index in rng.integers(0, len(names), len(names))])


def intervals(
    predictions: Predictions,
    measures: Mapping[str, Measure],
    draws: int,
    seed: int,
    report: Callable[[int], None] = lambda done: None,
) -> dict[str, Interval | None]:
    """An interval for each measure; None where there are too few people. report(draws done) is called after each."""
    if len(np.unique(predictions.subjects)) < LEAST_PEOPLE:
        return dict.fromkeys(measures)
    found: dict[str, list[float]] = {name: [] for name in measures}
    for done, indices in enumerate(redraws(predictions.subjects, draws, seed), 1):
        drawn = predictions.part(indices)
        for name, measure in measures.items():
            value = measure(drawn)
            if value is not None:
                found[name].append(value)
        report(done)
    return {name: percentiles(values) for name, values in found.items()}


def interval(predictions: Predictions, measure: Measure, draws: int, seed: int) -> Interval | None:
    """Of one measure."""
    return intervals(predictions, {"it": measure}, draws, seed)["it"]


def percentiles(values: list[float]) -> Interval | None:
    """The middle 95 % of values; None of none."""
    if not values:
        return None
    low, high = np.quantile(values, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(float(low), float(high))
