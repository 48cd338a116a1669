"""A whole run of distillation: a student from nothing or from weights, a teacher, a run's folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn

from snni.compile.calibrate import read_images
from snni.compile.compiler import quantise
from training.aware.network import AwareNetwork
from training.cost.price import LINK, Variant, price, table
from training.data.batch import Shape, batch_of
from training.data.pictures import Parts, spread
from training.engine.state import State
from training.errors import OptionError
from training.loss.soft_targets import TEMPERATURE, taught
from training.networks.fold import folded
from training.networks.registry import NETWORKS
from training.networks.squeezenet import SqueezeNet, initialised
from training.networks.state_dict import load_whole
from training.runs.folder import (
    CALIBRATION,
    CALIBRATION_CROPS,
    CHECKPOINT,
    METRICS,
    WEIGHTS,
    has_licences,
    make,
    named,
    read_run,
    save_weights,
)
from training.tuning.agreement import measured
from training.tuning.schedule import Schedule
from training.tuning.task import Tuning, tune


@dataclass(frozen=True)
class Settings:
    """Attributes:
    teacher, student: names of the registry. classes: of both, 2 or more.
    teacher_weights: the teacher's state dict; student_weights: to start from, None: drawn ones.
    schedule: its rate absolute.
    temperature: above 0. soft: of the loss, the teacher's scores, 0..1.
    link: to predict seconds for.

    Raises:
        OptionError: numbers that make no training.
    """

    teacher: str
    teacher_weights: Path
    schedule: Schedule
    student: str = "squeezenet"
    student_weights: Path | None = None
    classes: int = 4
    temperature: float = TEMPERATURE
    soft: float = 0.7
    link: str = LINK

    def __post_init__(self) -> None:
        if not self.temperature > 0 or not 0 <= self.soft <= 1:
            raise OptionError("--temperature must be above 0, --soft in 0..1")
        if self.classes < 2:
            raise OptionError("--classes must be 2 or more")

    @property
    def shape(self) -> tuple[int, int, int]:
        """[C, H, W] of the student's input."""
        return NETWORKS[self.student].input_shape


def run(parts: Parts, settings: Settings, out: Path, console: Console, fresh: bool = False) -> dict[str, Any]:
    """Train the student and leave a run's folder. Returns what metrics.json says.

    Raises:
        OptionError, RunError, WeightsError: before anything is written. CheckpointError, SnniError, OSError.
    """
    teacher, student = teacher_of(settings), student_of(settings)
    _require_levels(parts, settings.classes)
    bound = _licences(settings, parts)
    out.mkdir(parents=True, exist_ok=True)
    shape = NETWORKS[settings.teacher].input_shape
    loss = taught(teacher, shape, settings.soft, settings.temperature)
    told = f"{settings.student} of {settings.teacher}, {len(parts.train.levels)} crops"
    state = tune(
        student, Tuning(parts.train, parts.validation, settings.shape, loss, settings.schedule),
        f"{told}, {settings.temperature}, {settings.soft}", out / CHECKPOINT, fresh, console,
    )  # fmt: skip
    plain = folded(student).eval() if isinstance(student, SqueezeNet) else student.eval()
    variants = [Variant(f"{settings.teacher}, float", measured(teacher, parts.test, shape))]
    calibration = _export(plain, parts, settings, out)
    variants += _compared(plain, calibration, parts, settings)
    metrics = _metrics(settings, parts, bound, variants, state, out)
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(table(variants, settings.link))
    console.print(f"written to {out}", soft_wrap=True)
    return metrics


def teacher_of(settings: Settings) -> nn.Module:
    """In evaluation mode. Raises OptionError, WeightsError."""
    what = f"{settings.teacher} with {settings.classes} levels"
    return load_whole(make(settings.teacher, settings.classes), settings.teacher_weights, what)


def student_of(settings: Settings) -> nn.Module:
    """The student before training: SqueezeNet learns from nothing through its twin with batch norm, folded later."""
    if settings.student_weights is not None:
        what = f"{settings.student} with {settings.classes} levels"
        return load_whole(make(settings.student, settings.classes), settings.student_weights, what)
    torch.manual_seed(settings.schedule.seed)
    if settings.student == "squeezenet":
        return initialised(settings.classes)
    return make(settings.student, settings.classes)


def _require_levels(parts: Parts, classes: int) -> None:
    highest = max(int(part.levels.max()) for part in (parts.train, parts.validation, parts.test))
    if highest >= classes:
        raise OptionError(f"{parts.about}: has a level {highest}, but --classes is {classes}")


def _licences(settings: Settings, parts: Parts) -> list[str]:
    """Whose terms bind the student: its data's, and the teacher's where its run says. Raises RunError."""
    folder = settings.teacher_weights.parent
    taught_by = read_run(folder).licences if has_licences(folder) else ()
    return sorted({*parts.train.licences, *taught_by})


def _export(network: nn.Module, parts: Parts, settings: Settings, out: Path) -> Tensor:
    """Weights and calibration images on disk. Returns the images, float32 [n, C, H, W]."""
    save_weights(network, out / WEIGHTS)
    chosen = spread(parts.train.levels, CALIBRATION_CROPS, np.random.default_rng(settings.schedule.seed))
    images = batch_of(parts.train, chosen, settings.shape).x
    np.save(out / CALIBRATION, images.numpy())
    return images


def _compared(network: nn.Module, calibration: Tensor, parts: Parts, settings: Settings) -> list[Variant]:
    """The student in float and as integers, with what these cost."""
    quantised = quantise(network, read_images(list(calibration)))
    integers = AwareNetwork(quantised, quantised.emit("student")[0])
    shape: Shape = settings.shape
    return [
        Variant(f"{settings.student}, float", measured(network, parts.test, shape)),
        Variant(f"{settings.student}, int8", measured(integers, parts.test, shape),
                price(integers.plan, settings.link)),
    ]  # fmt: skip


def _metrics(
    settings: Settings, parts: Parts, licences: list[str], variants: Sequence[Variant], state: State, out: Path
) -> dict[str, Any]:
    return {
        "network": settings.student,
        "classes": list(named(settings.classes, out)),
        "licences": licences,
        "data": parts.about + ("; no photograph of anyone" if parts.drawn and not licences else ""),
        "recipe": {"command": "distil", "teacher": settings.teacher, "temperature": settings.temperature,
                   "soft": settings.soft} | asdict(settings.schedule),
        "seed": settings.schedule.seed,
        "train_people": len(set(parts.train.subjects.tolist())),
        "train_crops": len(parts.train.levels),
        "test_people": len(set(parts.test.subjects.tolist())),
        "test": asdict(variants[1].measured),
        "variants": [asdict(one) for one in variants],
        "history": state.history,
    }  # fmt: skip
