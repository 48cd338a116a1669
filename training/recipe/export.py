"""What a finished run leaves: weights, calibration crops, a report on the test part, and metrics.json, the last."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from safetensors.torch import save

from training.data.inputs import fitted
from training.engine.progress import bars
from training.engine.state import State
from training.evaluation.evaluate import evaluate
from training.evaluation.measure import Precision
from training.evaluation.published import Source, split_of_set
from training.evaluation.report import page
from training.evaluation.report_classes import class_page
from training.networks.registry import NETWORKS
from training.recipe.job import Job
from training.recipe.scorer import TrainedScorer
from training.recipe.sources import StageData
from training.runs.folder import CALIBRATION, CALIBRATION_CROPS, METRICS, REPORT, WEIGHTS


def export(job: Job, state: State, draws: int, console: Console) -> dict[str, Any]:
    """Measure on the last stage's test part and write everything, each file whole. Returns what metrics.json says.

    Raises:
        EvaluationError, DatasetError, OSError.
    """
    last = job.parts[-1]
    result = _measured(job, state, draws, console)
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.network.state_dict().items()}
    metrics = _metrics(job, state, result)
    html = (page if result["ordered"] else class_page)(result)
    files: dict[str, bytes] = {
        WEIGHTS: save(tensors),
        CALIBRATION: _npy(calibration(last, job.start.entry.input_shape, job.start.seed)),
        REPORT: (json.dumps(result, indent=1) + "\n").encode(),
        "report.html": html.encode(),
        METRICS: (json.dumps(metrics, indent=1) + "\n").encode(),
    }
    for name, content in files.items():
        write_whole(job.out / name, content)
    return metrics


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def calibration(parts: StageData, shape: tuple[int, int, int], seed: int) -> NDArray[np.float32]:
    """At most 64 of training's crops, classes in turn, as the network takes them: float32 [n, C, H, W] in [0, 1]."""
    rng = np.random.default_rng([seed, 64])
    train = parts.train
    by_class = [rng.permutation(np.flatnonzero(train.classes == one)).tolist() for one in np.unique(train.classes)]
    chosen: list[int] = []
    while len(chosen) < min(CALIBRATION_CROPS, len(train)):
        for members in by_class:
            if members and len(chosen) < CALIBRATION_CROPS:
                chosen.append(members.pop())
    crops = np.stack([train.crop(index) for index in chosen])
    images: NDArray[np.float32] = np.stack(fitted(crops, shape)).astype(np.float32) / np.float32(255)
    return images


def _measured(job: Job, state: State, draws: int, console: Console) -> dict[str, Any]:
    last, stage = job.parts[-1], job.recipe.stages[-1]
    found = split_of_set(last.folder.name, last.test, Source("test"))
    split = replace(found, name=f"{last.folder.name}: {found.name}")
    name = f"{job.recipe.network} by recipe {job.recipe.name}"
    scorer = TrainedScorer(state.network.eval(), name, job.start.entry.input_shape, job.device, stage.output,
                           job.start.describer)  # fmt: skip
    with bars(console) as shown:
        return evaluate(split, scorer, None, Precision(draws, job.start.seed), shown)


def _metrics(job: Job, state: State, result: dict[str, Any]) -> dict[str, Any]:
    """Everything that somebody needs who decides whether this network may go anywhere."""
    sets = [parts.train for parts in job.parts]
    stills = result["stills"]
    return {
        "network": job.recipe.network,
        "classes": sets[-1].scheme.name,
        "licences": sorted({licence for one in sets for licence in one.licences}),
        "accepted": {name: digest for one in sets for name, digest in one.manifest.accepted.items()},
        "recipe": job.recipe.model_dump(mode="json"),
        "seed": job.start.seed,
        "fold": job.fold,
        "epochs_at_most": job.cap,
        "weights": None if job.start.weights is None else {"name": job.start.weights.name, "sha256": job.start.sha256},
        "data": [
            {"stage": stage.name, "folder": parts.folder.name, "dataset": parts.train.manifest.dataset,
             "classes": parts.train.scheme.name, "split_by": parts.train.manifest.split_by,
             "validation_held_out": parts.held_out, "manifest_sha256": parts.digest, "subjects": parts.people,
             "crops": {name: len(getattr(parts, name)) for name in ("train", "validation", "test")}}
            for stage, parts in zip(job.recipe.stages, job.parts, strict=True)
        ],
        "test": {name: value["value"] for name, value in stills["headlines"].items()}
        | {"crops": stills["crops"], "people": stills["people"], "confusion": stills["confusion"]},
        "history": state.history,
    }  # fmt: skip


def compile_hint(job: Job) -> str:
    """The command that makes a bundle of it, or why none can."""
    entry = NETWORKS.get(job.recipe.network)
    if entry is None or not entry.compiles:
        return f"{job.recipe.network} is not compiled: it serves as a teacher, or for frozen features"
    factory: Callable[..., object] = entry.factory
    where = f"{factory.__module__}:{getattr(factory, '__name__', '')}"
    words = ["./run", "compile", "--module", where, "--weights", str(job.out / WEIGHTS), "--calibration",
             str(job.out / CALIBRATION), "--classes", *job.parts[-1].train.scheme.classes, "--out", "DIR"]  # fmt: skip
    return shlex.join(words)


def _npy(array: NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
