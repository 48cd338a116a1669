"""A whole run: a float network in, the integers that were trained and what they cost out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from torch import Tensor, nn

from snni.compile.calibrate import read_images
from snni.compile.compiler import Quantised, quantise
from training.aware.changes import changed
from training.aware.float_network import FloatNetwork
from training.aware.network import AwareNetwork
from training.aware.result import Trained, finish
from training.aware.settings import Settings
from training.cost.price import Variant, price, table
from training.data.batch import Batch, batch_of
from training.data.pictures import Parts, spread
from training.datasets.licence import require_publishable
from training.errors import OptionError
from training.loss.soft_targets import taught
from training.runs.folder import CALIBRATION_CROPS, CHECKPOINT
from training.tuning.agreement import measured
from training.tuning.task import Tuning, tune

PRESSURE = 0.1
"""Weight of the loss that keeps values within their windows."""


def run(
    given: FloatNetwork, parts: Parts, settings: Settings, out: Path, console: Console, fresh: bool = False
) -> dict[str, Any]:
    """Train what was given through its integers, and write the bundle. Returns what metrics.json says.

    Raises:
        LicenceError, OptionError: before anything is written. CheckpointError, SnniError, OSError.
    """
    licences = _licences(given, parts, settings.private)
    _require_levels(given, parts)
    shape, images = given.shape, _calibration(parts, given.shape, settings.seed)
    variants = [Variant("float, as given", measured(given.module, parts.test, shape))]
    start = changed(given, settings, parts.validation, images, console)
    if start is not given:
        before, _ = _integers(given.module, images, settings, given.crop)
        cost = price(before.plan, settings.link)
        variants.append(Variant("int8, as given", measured(before, parts.test, shape), cost))
    out.mkdir(parents=True, exist_ok=True)
    module = _warmed(start, given, parts, settings, out, fresh, console)
    aware, quantised = _integers(module, images, settings, given.crop)
    cost = price(aware.plan, settings.link)
    variants.append(Variant("int8, compiled", measured(aware, parts.test, shape), cost))
    history = _train(aware, start, given, parts, settings, out, fresh, console)
    variants.append(Variant("int8, trained", measured(aware, parts.test, shape), cost))
    trained = Trained(aware, quantised, module, start, licences, parts, history)
    metrics = finish(trained, images, variants, settings, out)
    console.print(table(variants, settings.link))
    console.print(f"written to {out}", soft_wrap=True)
    return metrics


def _licences(given: FloatNetwork, parts: Parts, private: bool) -> tuple[str, ...]:
    """That bind the result. Raises LicenceError, OptionError: they forbid a bundle for others."""
    licences = tuple(sorted({*given.licences, *parts.train.licences}))
    if not private:
        require_publishable(licences)
        if given.private:
            raise OptionError(f"{given.about} must not be passed on, nor what comes of it; add --private")
    return licences


def _require_levels(given: FloatNetwork, parts: Parts) -> None:
    most = max(int(part.levels.max()) for part in (parts.train, parts.validation, parts.test))
    if most >= len(given.classes):
        said = f"has a level {most}, but {given.about} has levels 0..{len(given.classes) - 1}"
        raise OptionError(f"{parts.about}: {said}")


def _calibration(parts: Parts, shape: tuple[int, ...], seed: int) -> list[Tensor]:
    chosen = spread(parts.train.levels, CALIBRATION_CROPS, np.random.default_rng(seed))
    return read_images([batch_of(parts.train, chosen[i : i + 1], shape).x for i in range(len(chosen))])


def _integers(
    module: nn.Module, images: Sequence[Tensor], settings: Settings, crop: str | None
) -> tuple[AwareNetwork, Quantised]:
    """The compiler's own integers of a float network, which can be trained. Raises SnniError."""
    quantised = quantise(module, images, settings.headroom_bits, ignored_bits=settings.ignored_bits)
    return AwareNetwork(quantised, quantised.emit(settings.name, crop)[0]), quantised


def _warmed(
    start: FloatNetwork, teacher: FloatNetwork, parts: Parts, settings: Settings, out: Path, fresh: bool,
    console: Console,
) -> nn.Module:  # fmt: skip
    """After the epochs in float, in evaluation mode."""
    if not settings.float_epochs:
        return start.module
    loss = taught(teacher.module, start.shape, settings.soft)
    schedule = settings.schedule(settings.float_epochs)
    tuning = Tuning(parts.train, parts.validation, start.shape, loss, schedule)
    run = f"{start.structure} of {start.about}, {len(parts.train.levels)} crops, float"
    return tune(start.copied(), tuning, run, out / "float.pt", fresh, console).network.eval()


def _train(
    aware: AwareNetwork, start: FloatNetwork, teacher: FloatNetwork, parts: Parts, settings: Settings, out: Path,
    fresh: bool, console: Console,
) -> list[dict[str, Any]]:  # fmt: skip
    """The epochs through the integers. Returns their history."""
    learn = taught(teacher.module, teacher.shape, settings.soft)

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        return learn(network, batch) + PRESSURE * aware.pressure

    tuning = Tuning(parts.train, parts.validation, teacher.shape, loss, settings.schedule(settings.epochs))
    run = f"{start.structure} of {start.about}, {len(parts.train.levels)} crops, plan {aware.plan.plan_hash}"
    return tune(aware, tuning, run, out / CHECKPOINT, fresh, console).history
