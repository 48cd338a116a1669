"""One level for a whole sequence of crops, in two ways, beside the sequence's true level.

Averaging: the probabilities (softmax of the scores) of all crops are averaged, and the most probable level is the
sequence's. The mean of the expected levels, beside that of the true ones, is a quantity of its own.

PPVC: label aggregation of S. Pentyala, R. Dowsley, M. De Cock, "Privacy-preserving video classification with
convolutional neural networks", ICML 2021, as their published program computes it. The scores u of each selected frame
become probabilities by an approximation of softmax that needs no exponential,

    p_c = ReLU(u_c) / (ReLU(u_1) + ... + ReLU(u_L)),   or 1 / L for each c where that sum is 0;

the probabilities of all frames are added up level by level, and the level with the largest sum is the sequence's (the
lowest of several). There the sums and the argmax are computed on shares; here in the clear, on the same numbers.

A sequence's true level is the one that most of its crops have, the highest of several: pain is not averaged away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from training.evaluation.levels import correlation
from training.evaluation.predictions import Indices, Predictions, Reals, approximate_softmax
from training.evaluation.split import Names


@dataclass(frozen=True)
class Sequences:
    """m sequences. true, averaged, aggregated: int64 [m]. mean_true, mean_expected: float64 [m]. subjects: str [m]."""

    true: Indices
    averaged: Indices
    aggregated: Indices
    mean_true: Reals
    mean_expected: Reals
    subjects: Names


def aggregate(scores: Reals) -> int:
    """PPVC's level of a sequence with scores [n, L]."""
    return int(approximate_softmax(scores).sum(axis=0).argmax())


def true_level(levels: Indices) -> int:
    """The most frequent, the highest of several."""
    counts = np.bincount(levels)
    return int(np.flatnonzero(counts == counts.max())[-1])


def windows(sequences: Names, times_s: Reals, length_s: float | None) -> Iterator[Indices]:
    """Indices of each sequence by time, or of its pieces of length_s seconds.

    Pieces with less than half as many crops as the fullest (at the end, or for want of faces) are left out.
    """
    for name in np.unique(sequences[sequences != ""]):
        mine = np.flatnonzero(sequences == name)
        mine = mine[np.argsort(times_s[mine], kind="stable")]
        if length_s is None:
            yield mine
            continue
        piece = (times_s[mine] // length_s).astype(int)
        sizes = np.bincount(piece)
        for index in range(len(sizes)):
            if 2 * sizes[index] >= sizes.max():
                yield mine[piece == index]


def by_sequence(predictions: Predictions, sequences: Names, times_s: Reals, length_s: float | None) -> Sequences:
    """Every sequence, or every piece of one. Raises ValueError where there is none."""
    rows = []
    for indices in windows(sequences, times_s, length_s):
        own = predictions.part(indices)
        mean = float(own.expected.mean())
        truth = true_level(own.levels)
        averaged = int(own.probabilities.mean(axis=0).argmax())
        rows.append((truth, averaged, aggregate(own.scores), own.levels.mean(), mean, own.subjects[0]))
    if not rows:
        raise ValueError("no sequence")
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Sequences(*columns)


def measures(found: Sequences) -> dict[str, Any]:
    """JSON values of both ways."""
    return {
        "count": len(found.true),
        "averaging": _measured(found.true, found.averaged)
        | {
            "mean_level_mae": float(np.abs(found.mean_true - found.mean_expected).mean()),
            "mean_level_pcc": correlation(found.mean_true, found.mean_expected),
        },
        "ppvc": _measured(found.true, found.aggregated),
    }


def _measured(true: Indices, estimated: Indices) -> dict[str, Any]:
    return {
        "accuracy": float(accuracy_score(true, estimated)),
        "f1_macro": float(f1_score(true, estimated, labels=np.unique(true), average="macro", zero_division=0.0)),
        "mae": float(np.abs(true - estimated).mean()),
        "pcc": correlation(true.astype(float), estimated.astype(float)),
    }
