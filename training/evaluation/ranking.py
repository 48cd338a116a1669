"""How well probabilities rank crops: the receiver operating characteristic (ROC) and the area under it (AUC)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from training.evaluation.predictions import Predictions, Reals

CURVE_POINTS = 120


def from_level(predictions: Predictions, least: int) -> tuple[NDArray[np.bool_], Reals]:
    """Whether the level is `least` or above, and the probability of that: bool [n], float64 [n]."""
    return predictions.levels >= least, predictions.probabilities[:, least:].sum(axis=1)


def auc(truth: NDArray[np.bool_], probability: Reals) -> float | None:
    """Part of the pairs (one true, one not) of which the true one has the higher probability; None without pairs."""
    if truth.all() or not truth.any():
        return None
    return float(roc_auc_score(truth, probability))


def auc_from(predictions: Predictions, least: int) -> float | None:
    """AUC of "level `least` or above"."""
    return auc(*from_level(predictions, least))


def auc_of_level(predictions: Predictions, level: int) -> float | None:
    """AUC of one level against the rest, by its own probability."""
    return auc(predictions.levels == level, predictions.probabilities[:, level])


def curve(truth: NDArray[np.bool_], probability: Reals) -> dict[str, list[float]] | None:
    """Part of the false called true, and of the true called true, at falling thresholds; None without both kinds."""
    if truth.all() or not truth.any():
        return None
    false, true, _ = roc_curve(truth, probability)
    kept = np.unique(np.linspace(0, len(false) - 1, CURVE_POINTS).round().astype(int))
    return {"false_positive": false[kept].tolist(), "true_positive": true[kept].tolist()}


def detection(predictions: Predictions, least: int) -> dict[str, Any]:
    """Estimated levels of `least` or above as a yes or no: sensitivity, specificity, predictive values, 0..1."""
    truth, said = predictions.levels >= least, predictions.estimated >= least
    return {
        "level": least,
        "sensitivity": _part(said, truth),
        "specificity": _part(~said, ~truth),
        "positive_predictive_value": _part(truth, said),
        "negative_predictive_value": _part(~truth, ~said),
        "auc": auc_from(predictions, least),
    }


def sensitivity(predictions: Predictions, least: int) -> float | None:
    """Part of the crops at `least` or above that are called so."""
    return _part(predictions.estimated >= least, predictions.levels >= least)


def specificity(predictions: Predictions, least: int) -> float | None:
    """Part of the crops below `least` that are called so."""
    return _part(predictions.estimated < least, predictions.levels < least)


def _part(what: NDArray[np.bool_], among: NDArray[np.bool_]) -> float | None:
    return float(what[among].mean()) if among.any() else None
