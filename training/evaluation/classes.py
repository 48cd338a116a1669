"""Measures of classes that have no order, such as emotions: being wrong has no distance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from training.evaluation import calibration, levels, people, ranking, sequences
from training.evaluation.bootstrap import interval, intervals
from training.evaluation.measure import Precision
from training.evaluation.predictions import Measure, Predictions, Scores
from training.evaluation.split import Split, Stills

HEADLINES: Mapping[str, Measure] = {
    "accuracy": levels.accuracy,
    "f1_macro": levels.f1_macro,
    "ece": calibration.ece,
}
"""Each with an interval."""


def measure_classes(
    split: Split, answers: Scores, precision: Precision, report: Callable[[int], None] = lambda done: None
) -> dict[str, Any]:
    """Of the split's single crops, as JSON values. Raises CropsError: a class that the network does not have."""
    found = Predictions.of(split.stills, answers)
    around = intervals(found, HEADLINES, precision.draws, precision.seed, report)
    spread = people.spread(found)
    return {
        "crops": len(found),
        "people": len(np.unique(found.subjects)),
        "levels": found.count_levels,
        "headlines": {
            name: {"value": measure(found), "interval": pair.pair() if (pair := around[name]) is not None else None}
            for name, measure in HEADLINES.items()
        },
        "by_level": levels.by_level(found),
        "macro": levels.averaged(found, "macro"),
        "weighted": levels.averaged(found, "weighted"),
        "confusion": levels.confusion(found),
        "auc_one_vs_rest": [ranking.auc_of_level(found, level) for level in range(found.count_levels)],
        "calibration": {
            "ece": calibration.ece(found),
            "bins": [vars(part) for part in calibration.reliability(found)],
        },
        "people_spread": spread | {"worst": [{k: v for k, v in one.items() if k != "mae"} for one in spread["worst"]]},
        "groups": _groups(found, split, precision),
        "groups_unknown": list(split.unknown),
    }


def measure_videos(stills: Stills, answers: Scores) -> dict[str, Any]:
    """One class for each whole video, by averaging and by PPVC's label aggregation."""
    found = Predictions.of(stills, answers)
    measured = sequences.measures(sequences.by_sequence(found, stills.sequences, stills.times_s, None))
    ways = {way: {key: measured[way][key] for key in ("accuracy", "f1_macro")} for way in ("averaging", "ppvc")}
    return {"crops": len(found), "sequences": {"count": measured["count"], **ways}}


def _groups(found: Predictions, split: Split, precision: Precision) -> list[dict[str, Any]]:
    rows = []
    for kind, members in split.groups.items():
        for name in np.unique(members):
            own = found.part(np.flatnonzero(members == name))
            around = interval(own, levels.accuracy, precision.draws, precision.seed)
            rows.append({"kind": kind, "group": str(name), "people": len(np.unique(own.subjects)), "crops": len(own),
                         "accuracy": levels.accuracy(own), "interval": around.pair() if around else None})  # fmt: skip
    return rows
