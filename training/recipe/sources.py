"""The prepared folders of a run: for each stage who is trained on, who is watched, and who is measured at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from training.datasets.choice import classes_of
from training.datasets.crop_cache import checksum_of
from training.datasets.crop_set import MANIFEST, CropSet
from training.datasets.errors import DatasetError, LicenceError
from training.datasets.licence import require_publishable
from training.datasets.manifest import PARTS, Sample, shared_subjects
from training.datasets.splits import SplitPlan, split, subject_folds
from training.engine.progress import Step
from training.evaluation.published import ORDERED
from training.recipe.errors import StageError
from training.recipe.schema import ORDINAL, Recipe, Stage

HELD_OUT = 5
"""Where a folder has no validation part: one of so many folds of training's subjects becomes one."""
T = TypeVar("T")


@dataclass(frozen=True)
class StageData:
    """What a stage is run on. digest: SHA-256 of the folder's manifest. held_out: whether validation was taken from
    the training part here."""

    folder: Path
    train: CropSet
    validation: CropSet
    test: CropSet
    digest: str
    held_out: bool

    @property
    def ordered(self) -> bool:
        """Whether its classes are levels."""
        return self.train.scheme.kind in ORDERED

    @property
    def people(self) -> dict[str, int]:
        """How many subjects each part has."""
        found = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: len({sample.subject for sample in part.samples}) for name, part in found.items()}


def load_parts(recipe: Recipe, folders: Mapping[str, Path], fold: int | None, publish: bool = False) -> list[StageData]:
    """Those of each stage, in order.

    Args:
        folders: by the names that the stages use; a single one may be under "" where the recipe uses a single name.
        fold: of stages that have folds.
        publish: refuse folders whose terms keep networks trained on them from being given away.

    Raises:
        DatasetError: a folder is missing, has no sound manifest, or terms that were not accepted or forbid it.
        StageError: a folder does not fit its stage.
    """
    if set(folders) == {""} and len(recipe.data) == 1:
        folders = {recipe.data[0]: folders[""]}
    if set(folders) != set(recipe.data):
        wanted = " ".join(f"--data {name}=DIR" for name in recipe.data)
        given = ", ".join(name or str(folder) for name, folder in folders.items()) or "nothing"
        raise DatasetError(f"recipe {recipe.name} needs {wanted}, got {given}; make DIR by ./run train prepare")
    found, read = [], {}
    for stage in recipe.stages:
        key = stage.data, stage.folds
        if key not in read:
            read[key] = _parts(folders[stage.data], stage, fold)
        parts = read[key]
        _check(recipe, stage, parts)
        if publish:
            _named(parts.folder, partial(require_publishable, parts.train.licences))
        found.append(parts)
    return found


def check_crops(parts: list[StageData], step: Step) -> None:
    """Read every crop once, so that a spoilt one is told before hours of training. Raises PictureError naming it."""
    seen: set[tuple[Path, str]] = set()
    for stage in parts:
        for part in (stage.train, stage.validation, stage.test):
            for index, sample in enumerate(part.samples):
                if (stage.folder, sample.sample_id) not in seen:
                    seen.add((stage.folder, sample.sample_id))
                    part.crop(index)
                step(f"checking {stage.folder.name}", index + 1, len(part))


def _parts(folder: Path, stage: Stage, fold: int | None) -> StageData:
    sets = {part: _named(folder, partial(CropSet.load, folder, part)) for part in PARTS}
    if stage.folds is not None:
        plan = SplitPlan("subject", stage.folds, fold or 0)
        sets = _split_anew(folder, sets, plan)
    held_out = not len(sets["validation"]) and len(sets["train"]) > 0
    if held_out:
        sets = _hold_out(folder, sets)
    train, validation, test = (sets[part] for part in PARTS)
    return StageData(folder, train, validation, test, checksum_of(folder / MANIFEST), held_out)


def _split_anew(folder: Path, sets: Mapping[str, CropSet], plan: SplitPlan) -> dict[str, CropSet]:
    """All samples of a folder in folds of subjects."""
    one = sets["train"]
    if one.manifest.split_by == "frame":
        raise DatasetError(f"{folder}: was split by frame; folds of subjects need a folder prepared without that")
    samples = [sample for sample in one.manifest.samples if sample.split]
    classes = [found for found in classes_of(samples, one.scheme) if found is not None]
    return _sets(one, _named(folder, lambda: split(samples, classes, plan)))


def _hold_out(folder: Path, sets: Mapping[str, CropSet]) -> dict[str, CropSet]:
    """A fifth of training's subjects as the validation part."""
    one = sets["train"]
    subjects = [sample.subject for sample in one.samples]
    count = min(HELD_OUT, len(set(subjects)))
    if count < 2:
        raise DatasetError(f"{folder / MANIFEST}: a single subject to train on, and nobody to watch training by")
    fold = subject_folds(subjects, one.classes.tolist(), count)
    moved = [replace(sample, split="validation") if sample.split == "train" and fold[sample.subject] == 0 else sample
             for sample in one.manifest.samples]  # fmt: skip
    return _sets(one, moved)


def _sets(one: CropSet, samples: list[Sample]) -> dict[str, CropSet]:
    """A set for each part of samples that were split anew."""
    manifest = replace(one.manifest, samples=tuple(samples))
    found = {}
    for part in PARTS:
        mine = tuple(sample for sample in samples if sample.split == part)
        classes = np.array([one.scheme.class_of(sample.label) for sample in mine], np.int64)
        found[part] = replace(one, samples=mine, classes=classes, manifest=manifest)
    return found


def _check(recipe: Recipe, stage: Stage, parts: StageData) -> None:
    """Raise StageError or DatasetError where a folder does not fit its stage."""
    scheme, manifest = parts.train.scheme, parts.train.manifest
    if stage.classes is not None and scheme.name != stage.classes:
        said = f"was prepared for classes {scheme.name}; prepare it with --classes {stage.classes}"
        raise StageError(recipe.name, stage.name, f"{parts.folder} {said}")
    if stage.loss.name in ORDINAL and scheme.kind not in ORDERED:
        said = f"has {scheme.name}; loss {stage.loss.name} needs classes with an order"
        raise StageError(recipe.name, stage.name, f"{parts.folder} {said}")
    watched = {stage.keep, stage.stop.by if stage.stop is not None else "last"}
    if "mae" in watched and scheme.kind not in ORDERED:
        raise StageError(
            recipe.name, stage.name, f"{parts.folder} has {scheme.name}, whose errors have no size: no mae"
        )
    for name in PARTS:
        if not len(getattr(parts, name)):
            raise StageError(recipe.name, stage.name, f"{parts.folder / MANIFEST}: nothing in part {name}")
    found, counts = np.unique(parts.train.classes, return_counts=True)
    if stage.balance == "smote" and counts.min() < 2 <= len(found):
        lone = scheme.classes[int(found[counts.argmin()])]
        said = f"{parts.folder / MANIFEST}: class {lone} has a single example in part train; smote needs two of each"
        raise StageError(recipe.name, stage.name, said)
    if manifest.split_by == "subject" and (both := shared_subjects(manifest.samples)):
        raise DatasetError(f"{parts.folder / MANIFEST}: in two parts: {', '.join(both[:10])}")


def _named(folder: Path, act: Callable[[], T]) -> T:
    """What act returns; its errors name the folder."""
    try:
        return act()
    except LicenceError as error:
        raise LicenceError(f"{folder / MANIFEST}: {error}", error.licences) from error
    except DatasetError as error:
        if str(folder) in str(error):
            raise
        raise DatasetError(f"{folder}: {error}") from error
