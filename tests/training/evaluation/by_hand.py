"""Predictions written by hand: true levels, and what a network said."""

from __future__ import annotations

import numpy as np

from training.evaluation.predictions import Predictions


def predictions(true, said, scores=None, subjects=None) -> Predictions:
    """Scores that put everything on the estimated level, where none are given."""
    count = max(*true, *said) + 1
    made = np.eye(count)[said] * 50 if scores is None else np.array(scores, float)
    who = np.array(subjects if subjects is not None else ["a"] * len(true))
    return Predictions(np.array(true, np.int64), np.array(said, np.int64), made, who)
