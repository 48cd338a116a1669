"""What an adaptation leaves: a run's folder as the compiler takes it, and a report of before and after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from training.adapt.lessons import learning_of
from training.adapt.report import page
from training.adapt.teachers import Pseudo
from training.data.pictures import PreparedPictures
from training.engine.state import State
from training.runs.folder import CALIBRATION, LEVELS, METRICS, NOTICE, WEIGHTS, save_weights
from training.runs.start import Start

REPORT, REPORT_PAGE = "adapt.json", "adapt.html"


def told(
    start: Start, teachers: Sequence[Start], anchor: float, seed: int, train: PreparedPictures, pseudo: Pseudo,
    state: State,
) -> dict[str, Any]:  # fmt: skip
    """What a report says of the way it was done."""
    losses = [row["loss"] for row in state.history]
    found = next((row["epoch"] for row in state.history if row["loss"] == state.best), 0)
    manifest = train.part.manifest
    return {
        "start": start.name,
        "teachers": [f"{start.name} from six sides", *(one.name for one in teachers)],
        "people": f"{len({one.subject for one in manifest.samples})} people" if manifest.split_by == "subject"
        else f"{len(manifest.samples)} pictures of people not told apart",
        "split_by": manifest.split_by,
        "terms": sorted({*start.licences, *(name for one in teachers for name in one.licences), *train.licences}),
        "learnt_from": int(pseudo.agreed.sum()),
        "doubtful": int((~pseudo.agreed).sum()),
        "anchor": anchor,
        "seed": seed,
        "epochs": len(losses),
        "kept_epoch": found,
        "learns": list(learning_of(start.kind, [name for name, _ in start.network.named_parameters()])),
    }  # fmt: skip


def write(
    out: Path, network: nn.Module, images: Tensor, start: Start, result: dict[str, Any], history: list[dict[str, Any]]
) -> None:
    """Weights, images for the compiler, the notice, what the compiler and what people read."""
    save_weights(network, out / WEIGHTS)
    np.save(out / CALIBRATION, images.numpy())
    if start.notice:
        (out / NOTICE).write_text(start.notice, encoding="utf-8")
    drawn = result["drawn"]["after"]
    metrics = {
        "network": start.kind,
        "classes": len(LEVELS),
        "licences": result["terms"],
        "data": f"{start.name}, adapted to photographs of {result['people']} without labels, by teachers' answers",
        "crop": start.crop,
        "facts": [
            "adapted to one home: levels of photographs are other networks', so that none of them was proved right",
            f"begins as {start.name}; of it learnt {', '.join(result['learns'])}",
        ],
        "seed": result["seed"],
        "test": {name: drawn[name] for name in ("accuracy", "mae", "pcc")},
        "history": history,
    }
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    (out / REPORT).write_text(json.dumps(result, indent=1) + "\n")
    (out / REPORT_PAGE).write_text(page(result), encoding="utf-8")


def said(result: dict[str, Any]) -> str:
    """One line, for the console."""
    before, after = (result["photographs"][when] for when in ("before", "after"))
    drawn = [result["drawn"][when]["accuracy"] for when in ("before", "after")]
    told = [
        f"{words} {before[name]:.3f} -> {after[name]:.3f}"
        for name, words in (("same_level_as_teachers", "as teachers"), ("steady", "steady"), ("pain", "called pain"))
    ]
    return f"photographs held back: {', '.join(told)}; drawn people unseen: accuracy {drawn[0]:.3f} -> {drawn[1]:.3f}"
