"""How a measure differs between people, and between groups of them. A mean can hide somebody it never works for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from training.evaluation.bootstrap import Interval, interval
from training.evaluation.levels import accuracy, mae
from training.evaluation.predictions import Predictions
from training.evaluation.ranking import sensitivity, specificity
from training.evaluation.split import Names

WORST = 5
PAIN = 1
"""Level from which there is pain."""


def spread(predictions: Predictions) -> dict[str, Any]:
    """Each person's accuracy and mean error: quantiles over people, everybody's accuracy, and the worst by name."""
    people: list[dict[str, Any]] = []
    for name in np.unique(predictions.subjects):
        own = predictions.part(np.flatnonzero(predictions.subjects == name))
        people.append({"subject": str(name), "crops": len(own), "accuracy": accuracy(own), "mae": mae(own)})
    people.sort(key=lambda one: (one["accuracy"], -one["mae"]))
    values = np.array([one["accuracy"] for one in people])
    names = ("min", "lower_quartile", "median", "upper_quartile", "max")
    quantiles = np.quantile(values, (0, 0.25, 0.5, 0.75, 1))
    return {
        "people": len(people),
        "accuracy": dict(zip(names, quantiles.tolist(), strict=True)),
        "standard_deviation": float(values.std(ddof=1)) if len(values) > 1 else None,
        "everybody": values.tolist(),
        "worst": people[:WORST],
    }


def by_group(predictions: Predictions, groups: Mapping[str, Names], draws: int, seed: int) -> list[dict[str, Any]]:
    """A row for each group of each kind: people, crops, accuracy with its interval, error, sensitivity, specificity."""
    rows = []
    for kind, members in groups.items():
        for name in np.unique(members):
            own = predictions.part(np.flatnonzero(members == name))
            people = len(np.unique(own.subjects))
            around: Interval | None = interval(own, accuracy, draws, seed)
            rows.append(
                {
                    "kind": kind,
                    "group": str(name),
                    "people": people,
                    "crops": len(own),
                    "accuracy": accuracy(own),
                    "interval": around.pair() if around else None,
                    "mae": mae(own),
                    "sensitivity": sensitivity(own, PAIN),
                    "specificity": specificity(own, PAIN),
                }
            )
    return rows
