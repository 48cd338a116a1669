"""New examples of rare classes, between neighbours: for features of a frozen backbone, never for pictures.

Source: N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, "SMOTE: synthetic minority over-sampling technique",
JAIR 16, 2002: a new example lies at a random place on the line from one example to one of its k nearest of the same
class. Use it on the training part only, after the split.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 5
BLOCK = 1024
"""Rows whose distances are in memory at once."""


def smote(
    features: NDArray[np.float32], classes: NDArray[np.int64], rng: np.random.Generator, neighbours: int = NEIGHBOURS
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """As many of each class as of the commonest.

    Args:
        features: float32 [n, d], finite.
        classes: int64 [n].
        neighbours: k, at least 1; a class of m examples has at most m - 1.

    Returns:
        float32 [N, d] and int64 [N]: what was given, then the new ones class by class.

    Raises:
        ValueError: shapes differ, a feature is not finite, neighbours below 1, or a class has a single example, between
            which and another nothing can lie.
    """
    if features.ndim != 2 or classes.shape != features.shape[:1] or not len(classes):
        raise ValueError(f"features [n, d] and classes [n] are needed, got {features.shape} and {classes.shape}")
    if neighbours < 1 or not np.isfinite(features).all():
        raise ValueError("neighbours must be at least 1, and features finite")
    found, counts = np.unique(classes, return_counts=True)
    if counts.min() < 2 <= len(found):
        raise ValueError(f"class {found[counts.argmin()]} has a single example")
    made, labels = [features], [classes]
    for label, count in zip(found, counts, strict=True):
        missing = int(counts.max() - count)
        if missing:
            made.append(between(features[classes == label], missing, rng, neighbours))
            labels.append(np.full(missing, label, np.int64))
    return np.concatenate(made).astype(np.float32), np.concatenate(labels)


def between(
    members: NDArray[np.float32], count: int, rng: np.random.Generator, neighbours: int = NEIGHBOURS
) -> NDArray[np.float32]:
    """float32 [count, d]: on lines between examples of one class, float32 [m, d], m at least 2, and their nearest."""
    near = nearest(members, min(neighbours, len(members) - 1))
    # Each example in turn before any comes again, as the paper does.
    start = np.concatenate([rng.permutation(len(members)) for _ in range(-(-count // len(members)))])[:count]
    end = near[start, rng.integers(0, near.shape[1], count)]
    part = rng.uniform(0, 1, (count, 1)).astype(np.float32)
    found: NDArray[np.float32] = members[start] + part * (members[end] - members[start])
    return found


def nearest(members: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """int64 [m, count]: the rows nearest to each row, by Euclid, itself left out."""
    found = np.empty((len(members), count), np.int64)
    squares = (members.astype(np.float64) ** 2).sum(axis=1)
    for first in range(0, len(members), BLOCK):
        block = members[first : first + BLOCK].astype(np.float64)
        distances = squares[None] - 2 * block @ members.T.astype(np.float64)
        distances[np.arange(len(block)), np.arange(first, first + len(block))] = np.inf
        found[first : first + BLOCK] = np.argpartition(distances, count - 1, axis=1)[:, :count]
    return found
