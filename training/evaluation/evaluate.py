"""A network measured on a split: everything that a report says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.progress import Progress

from snni.model.bundle import CARD_FILE
from training.engine.progress import counter
from training.evaluation.classes import measure_classes, measure_videos
from training.evaluation.errors import NetworkError
from training.evaluation.integers import compare
from training.evaluation.measure import Precision, measure_stills, measure_watch
from training.evaluation.networks import Scorer
from training.evaluation.predictions import Predictions
from training.evaluation.shifts import pictures_at
from training.evaluation.split import Split
from training.evaluation.watch import CLIP_S
from training.runs.model_card import with_groups

OUTPUTS = {"softmax": "softmax", "relu": "ReLU(u) / sum of ReLU(u)"}
"""What a report calls the way from scores to probabilities."""


def evaluate(
    split: Split, scorer: Scorer, floats: Scorer | None, precision: Precision, progress: Progress
) -> dict[str, Any]:
    """What report.json holds. Raises EvaluationError."""
    stills = split.stills
    answers = scorer.score(stills.cut(scorer.crop), counter(progress, "scoring crops", len(stills)))
    result: dict[str, Any] = {
        "network": scorer.name,
        "data": split.name,
        "drawn": split.drawn,
        "classes": list(split.classes),
        "ordered": split.ordered,
        "split_by": split.split_by,
        "licence": split.licence,
        "stills": (measure_stills if split.ordered else measure_classes)(
            split, answers, precision, counter(progress, "intervals", precision.draws)
        ),
        "integers": None,
        "watch": None,
    }
    result["stills"]["output"] = OUTPUTS[answers.output]
    if split.ordered:
        result["stills"]["shifts"] = pictures_at(Predictions.of(stills, answers))
    if floats is not None:
        beside = floats.score(stills.cut(scorer.crop), counter(progress, "scoring by the float network", len(stills)))
        result["integers"] = compare(stills.levels, answers, beside) | {"float": floats.name}
    if split.watch is not None:
        watched = scorer.score(split.watch.cut(scorer.crop), counter(progress, "scoring keyframes", len(split.watch)))
        clip_s = CLIP_S if split.drawn else None
        found = measure_watch(split.watch, watched, clip_s) if split.ordered else measure_videos(split.watch, watched)
        result["watch"] = found | {"note": split.watch_note}
    return result


def add_to_card(directory: Path, result: Mapping[str, Any]) -> None:
    """The measures by group, into the bundle's card. Raises NetworkError: it is no card of a trained network."""
    path = directory / CARD_FILE
    try:
        card = with_groups(path.read_text(encoding="utf-8"), result)
    except (OSError, ValueError) as error:
        raise NetworkError(f"{path}: {error}") from error
    partial = path.with_suffix(".partial")
    partial.write_text(card, encoding="utf-8")
    partial.replace(path)
