"""All thresholds between levels moved by the same, and what that makes of pictures.

A level is the score that is highest once c times the level is taken from each: c = 0 is the network as it is, c > 0
one that says less. It moves all thresholds by as many log odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.evaluation.predictions import Indices, Predictions

SHIFTS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
PAIN = 2
"""The level from which on a ward is called."""


def shifted(found: Predictions, shift: float) -> Indices:
    """The levels at a shift, int64 [n]; at 0 those that the network answered with."""
    if shift == 0:
        return found.estimated
    return np.asarray((found.scores - shift * np.arange(found.count_levels)).argmax(axis=1), np.int64)


def pictures_at(found: Predictions, shifts: Sequence[float] = SHIFTS) -> list[dict[str, Any]]:
    """Of each shift: the part of levels that are right, and of each true level the part that is called PAIN or more;
    None where no picture has that level."""
    rows = []
    for shift in shifts:
        said = shifted(found, shift)
        called = [
            float((said[found.levels == level] >= PAIN).mean()) if (found.levels == level).any() else None
            for level in range(found.count_levels)
        ]
        rows.append({"shift": shift, "accuracy": float((said == found.levels).mean()), "called": called})
    return rows
