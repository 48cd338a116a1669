"""How well estimated levels agree with true ones: each counted as a class, then as a quantity."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import pearsonr
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    mean_absolute_error,
    mean_squared_error,
    precision_recall_fscore_support,
)

from training.evaluation.icc import icc
from training.evaluation.predictions import Predictions, Reals


def accuracy(predictions: Predictions) -> float:
    """Part of the crops whose estimated level is the true one, 0..1."""
    return float(accuracy_score(predictions.levels, predictions.estimated))


def within_one(predictions: Predictions) -> float:
    """Part of the crops whose estimated level is at most one from the true one, 0..1."""
    return float((np.abs(predictions.levels - predictions.estimated) <= 1).mean())


def f1_macro(predictions: Predictions) -> float:
    """Mean F1 of the levels that occur, 0..1."""
    return float(averaged(predictions, "macro")["f1"])


def mae(predictions: Predictions) -> float:
    """Mean distance of the estimated from the true level, 0..L-1."""
    return float(mean_absolute_error(predictions.levels, predictions.estimated))


def mse(predictions: Predictions) -> float:
    """Mean squared distance of the estimated from the true level."""
    return float(mean_squared_error(predictions.levels, predictions.estimated))


def pcc(predictions: Predictions) -> float | None:
    """Pearson's correlation of estimated and true levels, -1..1; None where either does not vary."""
    return correlation(predictions.levels.astype(float), predictions.estimated.astype(float))


def icc31(predictions: Predictions) -> float | None:
    """ICC(3,1) of truth and network as two judges; None where nothing varies."""
    return icc(np.column_stack([predictions.levels, predictions.estimated])).consistency


def icc21(predictions: Predictions) -> float | None:
    """ICC(2,1), which also counts a shift between truth and network; None where nothing varies."""
    return icc(np.column_stack([predictions.levels, predictions.estimated])).absolute


def correlation(x: Reals, y: Reals) -> float | None:
    """Pearson's, -1..1; None where either does not vary."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(pearsonr(x, y).statistic)


def confusion(predictions: Predictions) -> list[list[int]]:
    """Counts, [true level][estimated level]."""
    found = confusion_matrix(predictions.levels, predictions.estimated, labels=range(predictions.count_levels))
    counts: list[list[int]] = found.tolist()
    return counts


def by_level(predictions: Predictions) -> list[dict[str, Any]]:
    """Precision, recall, F1 and count of each level. None where the level is never estimated, or never true."""
    labels = range(predictions.count_levels)
    precision, recall, f1, count = precision_recall_fscore_support(
        predictions.levels, predictions.estimated, labels=labels, zero_division=np.nan
    )
    rows = zip(labels, precision, recall, f1, count, strict=True)
    return [
        {"level": level, "precision": _known(p), "recall": _known(r), "f1": _known(f), "count": int(n)}
        for level, p, r, f, n in rows
    ]


def averaged(predictions: Predictions, how: str) -> dict[str, float]:
    """Precision, recall and F1 over the levels that occur: "macro" as equals, "weighted" by how often they occur.

    A level that is never estimated has precision 0 here.
    """
    precision, recall, f1, _ = precision_recall_fscore_support(
        predictions.levels, predictions.estimated, labels=np.unique(predictions.levels), average=how, zero_division=0.0
    )
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
