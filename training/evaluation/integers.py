"""The integer network beside the float one that it was compiled from: do they give the same levels?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from training.evaluation.predictions import Scores
from training.evaluation.split import Levels


def compare(truth: Levels, integers: Scores, floats: Scores) -> dict[str, Any]:
    """Over the same n crops.

    Returns:
        JSON values. together[float level][integer level] counts; relative_error is the root mean square difference of
        the scores, each less its crop's mean, over that of the float scores; overflow counts values outside their ring
        or window.
    """
    levels = floats.scores.shape[1]
    together = np.zeros((levels, levels), np.int64)
    np.add.at(together, (floats.estimated, integers.estimated), 1)
    wanted, got = (scores - scores.mean(axis=1, keepdims=True) for scores in (floats.scores, integers.scores))
    power = float((wanted**2).mean())
    float_right, integer_right = floats.estimated == truth, integers.estimated == truth
    return {
        "count": len(truth),
        "same_level": int((floats.estimated == integers.estimated).sum()),
        "within_one": int((np.abs(floats.estimated - integers.estimated) <= 1).sum()),
        "together": together.tolist(),
        "relative_error": math.sqrt(float(((got - wanted) ** 2).mean()) / power) if power else None,
        "largest_difference": float(np.abs(got - wanted).max()),
        "accuracy_float": float(float_right.mean()),
        "accuracy_integer": float(integer_right.mean()),
        "both_right": int((float_right & integer_right).sum()),
        "only_float_right": int((float_right & ~integer_right).sum()),
        "only_integer_right": int((~float_right & integer_right).sum()),
        "neither_right": int((~float_right & ~integer_right).sum()),
        "overflow": integers.overflow,
    }
