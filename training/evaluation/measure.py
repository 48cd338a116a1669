"""Everything that a report says, as JSON values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from services.alerts.policy.thresholds import LEVELS as POLICY_LEVELS
from services.alerts.policy.thresholds import Thresholds
from training.evaluation import alarms, calibration, levels, people, ranking, sequences
from training.evaluation.bootstrap import intervals
from training.evaluation.predictions import Indices, Measure, Predictions, Reals, Scores
from training.evaluation.split import Split, Stills
from training.evaluation.watch import PERIOD_S

ALERT_LEVEL = Thresholds().raise_level
HEADLINES: Mapping[str, Measure] = {
    "accuracy": levels.accuracy,
    "within_one": levels.within_one,
    "f1_macro": levels.f1_macro,
    "mae": levels.mae,
    "mse": levels.mse,
    "pcc": levels.pcc,
    "icc31": levels.icc31,
    "icc21": levels.icc21,
    "auc_pain": partial(ranking.auc_from, least=people.PAIN),
    "sensitivity_pain": partial(ranking.sensitivity, least=people.PAIN),
    "specificity_pain": partial(ranking.specificity, least=people.PAIN),
    "sensitivity_alert": partial(ranking.sensitivity, least=ALERT_LEVEL),
    "specificity_alert": partial(ranking.specificity, least=ALERT_LEVEL),
    "ece": calibration.ece,
}
"""Each with an interval."""


@dataclass(frozen=True)
class Precision:
    """draws: redrawn sets of people for each interval. seed: of drawing them."""

    draws: int = 1000
    seed: int = 1


def measure_stills(
    split: Split, answers: Scores, precision: Precision, report: Callable[[int], None] = lambda done: None
) -> dict[str, Any]:
    """Of the split's single crops. Raises CropsError: a level that the network does not have."""
    found = Predictions.of(split.stills, answers)
    around = intervals(found, HEADLINES, precision.draws, precision.seed, report)
    return {
        "crops": len(found),
        "people": len(np.unique(found.subjects)),
        "levels": found.count_levels,
        "headlines": {
            name: {"value": measure(found), "interval": _pair(around[name])} for name, measure in HEADLINES.items()
        },
        "by_level": levels.by_level(found),
        "macro": levels.averaged(found, "macro"),
        "weighted": levels.averaged(found, "weighted"),
        "confusion": levels.confusion(found),
        "expected_level": {
            "mae": float(np.abs(found.levels - found.expected).mean()),
            "pcc": levels.correlation(found.levels.astype(float), found.expected),
        },
        "detection": [ranking.detection(found, least) for least in range(1, found.count_levels)],
        "auc_one_vs_rest": [ranking.auc_of_level(found, level) for level in range(found.count_levels)],
        "roc": {str(least): ranking.curve(*ranking.from_level(found, least)) for least in range(1, found.count_levels)},
        "calibration": {
            "ece": calibration.ece(found),
            "bins": [vars(part) for part in calibration.reliability(found)],
        },
        "people_spread": people.spread(found),
        "groups": people.by_group(found, split.groups, precision.draws, precision.seed),
        "groups_unknown": list(split.unknown),
    }


def measure_watch(
    stills: Stills, answers: Scores, clip_s: float | None, rules: Thresholds | None = None
) -> dict[str, Any]:
    """Of whole videos: their sequences, and the alarms that they would have raised (where the levels are 0..3)."""
    found = Predictions.of(stills, answers)
    by_sequence = sequences.by_sequence(found, stills.sequences, stills.times_s, clip_s)
    return {
        "crops": len(found),
        "people": len(np.unique(found.subjects)),
        "accuracy": levels.accuracy(found),
        "within_one": levels.within_one(found),
        "clip_s": clip_s,
        "sequences": sequences.measures(by_sequence),
        "alarms": replayed(found, stills, rules or Thresholds()) if found.count_levels == len(POLICY_LEVELS) else None,
    }


def replayed(found: Predictions, stills: Stills, rules: Thresholds) -> dict[str, Any]:
    """The alarms of every sequence, a keyframe every 5 s of it, and one sequence's levels for a picture of it."""
    tallies, pictures = [], []
    for indices in sequences.windows(stills.sequences, stills.times_s, None):
        indices = indices[keyframes(stills.times_s[indices])]
        true, said, times = found.levels[indices], found.estimated[indices], stills.times_s[indices]
        tallies.append(alarms.count(true, said, times, rules))
        raised = [vars(one) for one in alarms.replay(said, times, rules)]
        pictures.append(
            {"sequence": str(stills.sequences[indices[0]]), "t": times.tolist(), "true": true.tolist(),
             "estimated": said.tolist(), "alerts": raised, "false_alerts": tallies[-1].false_alerts}
        )  # fmt: skip
    shown = max(range(len(pictures)), key=lambda index: (tallies[index].false_alerts, -index))
    return alarms.summary(alarms.added(tallies)) | {"rules": _rules(rules), "shown": pictures[shown]}


def keyframes(times_s: Reals, period_s: float = PERIOD_S) -> Indices:
    """Indices of rising times at least a period apart, the first included: those that a room would look at."""
    kept = [0]
    for index in range(1, len(times_s)):
        if times_s[index] - times_s[kept[-1]] >= period_s - 1e-6:
            kept.append(index)
    return np.array(kept, np.int64)


def _rules(rules: Thresholds) -> dict[str, float]:
    return {name: getattr(rules, name) for name in rules.__dataclass_fields__}


def _pair(around: Any) -> list[float] | None:
    return around.pair() if around is not None else None
