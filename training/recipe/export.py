"""What a finished run leaves: weights, calibration crops, a report on the test part, and metrics.json, the last."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress
from safetensors.torch import save

from training.evaluation.main import evaluate
from training.evaluation.networks import fitted
from training.evaluation.published import Source, split_of_set
from training.evaluation.report import page
from training.evaluation.report_classes import class_page
from training.networks.registry import NETWORKS
from training.recipe.scorer import TrainedScorer
from training.recipe.sources import Parts, read_crop
from training.recipe.state import State
from training.recipe.trainer import COLUMNS, Run

CALIBRATION_CROPS = 64
WEIGHTS, CALIBRATION, METRICS = "float.safetensors", "calibration.npy", "metrics.json"


def export(run: Run, state: State, draws: int, console: Console) -> dict[str, Any]:
    """Measure on the last stage's test part and write everything, each file whole. Returns what metrics.json says.

    Raises:
        EvaluationError, DatasetError, OSError.
    """
    last = run.parts[-1]
    result = _measured(run, state, draws, console)
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.network.state_dict().items()}
    metrics = _metrics(run, state, result)
    html = (page if result["ordered"] else class_page)(result)
    files: dict[str, bytes] = {
        WEIGHTS: save(tensors),
        CALIBRATION: _npy(calibration(last, run.start.entry.input_shape, run.start.seed)),
        "report.json": (json.dumps(result, indent=1) + "\n").encode(),
        "report.html": html.encode(),
        METRICS: (json.dumps(metrics, indent=1) + "\n").encode(),
    }
    for name, content in files.items():
        write_whole(run.out / name, content)
    return metrics


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def calibration(parts: Parts, shape: tuple[int, int, int], seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """At most 64 of training's crops, classes in turn, as the network takes them: float32 [n, C, H, W] in [0, 1]."""
    rng = np.random.default_rng([seed, 64])
    train = parts.train
    by_class = [rng.permutation(np.flatnonzero(train.classes == one)).tolist() for one in np.unique(train.classes)]
    chosen: list[int] = []
    while len(chosen) < min(CALIBRATION_CROPS, len(train)):
        for members in by_class:
            if members and len(chosen) < CALIBRATION_CROPS:
                chosen.append(members.pop())
    crops = np.stack([read_crop(train, index, parts.folder) for index in chosen])
    return np.stack(fitted(crops, shape)).astype(np.float32) / 255


def _measured(run: Run, state: State, draws: int, console: Console) -> dict[str, Any]:
    last, stage = run.parts[-1], run.recipe.stages[-1]
    split = split_of_set(last.folder.name, last.test, Source("test"))
    name = f"{run.recipe.network} by recipe {run.recipe.name}"
    scorer = TrainedScorer(state.network.eval(), name, run.start.entry.input_shape, run.device, stage.output,
                           run.start.describer)  # fmt: skip
    wishes = Namespace(draws=draws, seed=run.start.seed)
    with Progress(*COLUMNS, console=console, transient=True) as bars:
        return evaluate(split, scorer, None, wishes, bars)


def _metrics(run: Run, state: State, result: dict[str, Any]) -> dict[str, Any]:
    """Everything that somebody needs who decides whether this network may go anywhere."""
    sets = [parts.train for parts in run.parts]
    stills = result["stills"]
    return {
        "network": run.recipe.network,
        "classes": sets[-1].scheme.name,
        "licences": sorted({licence for one in sets for licence in one.licences}),
        "accepted": {name: digest for one in sets for name, digest in one.manifest.accepted.items()},
        "recipe": run.recipe.model_dump(mode="json"),
        "seed": run.start.seed,
        "fold": run.fold,
        "epochs_at_most": run.cap,
        "weights": None if run.start.weights is None else {"name": run.start.weights.name, "sha256": run.start.sha256},
        "data": [
            {"stage": stage.name, "folder": parts.folder.name, "dataset": parts.train.manifest.dataset,
             "classes": parts.train.scheme.name, "split_by": parts.train.manifest.split_by,
             "validation_held_out": parts.held_out, "manifest_sha256": parts.digest, "subjects": parts.people,
             "crops": {name: len(getattr(parts, name)) for name in ("train", "validation", "test")}}
            for stage, parts in zip(run.recipe.stages, run.parts, strict=True)
        ],
        "test": {name: value["value"] for name, value in stills["headlines"].items()}
        | {"crops": stills["crops"], "people": stills["people"], "confusion": stills["confusion"]},
        "history": state.history,
    }  # fmt: skip


def compile_hint(run: Run) -> str:
    """The command that makes a bundle of it, or why none can."""
    entry = NETWORKS.get(run.recipe.network)
    if entry is None or not entry.compiles:
        return f"{run.recipe.network} is not compiled: it serves as a teacher, or for frozen features"
    factory: Callable[..., object] = entry.factory
    where = f"{factory.__module__}:{getattr(factory, '__name__', '')}"
    return (f"./run compile --module {where} --weights {run.out / WEIGHTS} --calibration {run.out / CALIBRATION} "
            f"--classes {' '.join(run.parts[-1].train.scheme.classes)} --out DIR")  # fmt: skip


def _npy(array: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
