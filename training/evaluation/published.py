"""Prepared sets of real faces as a Split: what `./run train prepare` left, or a manifest with its crops as one array.

What is known of the people may come from a CSV of your own: a column `subject`, and one for each kind of group, such as
skin tone, age, sex or glasses. Manifests carry no such column, because most sets do not say.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faces.crop import WIDE
from training.data.inputs import Images
from training.datasets.choice import classes_of
from training.datasets.crop_set import CropSet
from training.datasets.errors import DatasetError
from training.datasets.labels import DEFAULT_SCHEME, SCHEMES, Scheme
from training.datasets.licence import known, require_accepted
from training.datasets.manifest import Manifest, Sample, shared_subjects
from training.datasets.manifest_file import read_manifest
from training.datasets.table import UNREADABLE, delimiter_of, encoding_of
from training.evaluation.errors import CropsError
from training.evaluation.split import BY_FRAME, BY_SUBJECT, NOT_SHOWN, Levels, Names, Split, Stills

KINDS = ("skin tone", "age", "sex", "glasses")
"""Groups that a report says something about, if only that nothing is known."""
ORDERED = ("pspi", "level4", "heat", "pain2")
"""Kinds of label whose classes are levels."""
TRAINING = "train"

Seconds = NDArray[np.float64]
Groups = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Source:
    """Attributes:
    part: train, validation or test.
    people: a CSV of who they are.
    frames_per_second: of the videos, above 0.
    accepted: names of licences whose terms are accepted now; a prepared set carries its own.
    """

    part: str = "test"
    people: Path | None = None
    frames_per_second: float = 25.0
    accepted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.frames_per_second > 0:
            raise CropsError(f"--frames-per-second {self.frames_per_second}: must be above 0")


def load_prepared(folder: Path, source: Source) -> Split:
    """What `./run train prepare` left in folder. Raises CropsError."""
    try:
        found = CropSet.load(folder, source.part)
    except (DatasetError, OSError) as error:
        raise CropsError(str(error)) from error
    if not len(found):
        raise CropsError(f"{folder}: nothing in part {source.part}")
    return split_of_set(folder.name, found, source)


def split_of_set(name: str, found: CropSet, source: Source) -> Split:
    """One part of a prepared set, at least one crop, its crops read. source: says which part. Raises CropsError."""
    try:
        images = np.stack([found.crop(index) for index in range(len(found))])
    except (DatasetError, OSError) as error:
        raise CropsError(str(error)) from error
    return _split_of(name, found.manifest, found.samples, found.classes, found.scheme, images, source, WIDE)


def load_array(manifest: Path, crops: Path, source: Source) -> Split:
    """A manifest of every part, and uint8 [its rows, H, W, 3 or 1]. Raises CropsError, also for terms not accepted."""
    try:
        found = read_manifest(manifest)
        current = [name for name, digest in found.accepted.items() if known(name).digest == digest]
        require_accepted({sample.licence for sample in found.samples}, [*current, *source.accepted])
        kinds = sorted({sample.label_kind for sample in found.samples})
        if len(kinds) > 1 and not found.scheme:
            raise CropsError(f"{manifest}: labels of several kinds ({', '.join(kinds)}); make it with --classes")
        scheme = SCHEMES[found.scheme or DEFAULT_SCHEME[kinds[0]]]
        classes = classes_of(found.samples, scheme)
    except (DatasetError, KeyError) as error:
        raise CropsError(str(error)) from error
    images = _read_crops(crops)
    if len(images) != len(found.samples):
        raise CropsError(f"{crops}: {len(images)} crops for {len(found.samples)} rows of {manifest}; one for each row")
    pairs = list(zip(found.samples, classes, strict=True))
    chosen = [index for index, (one, level) in enumerate(pairs) if one.split == source.part and level is not None]
    if not chosen:
        parts = sorted({sample.split for sample in found.samples})
        raise CropsError(f"{manifest}: no row of part {source.part!r} with a level; its parts are {parts}")
    samples = [found.samples[index] for index in chosen]
    levels = np.array([classes[index] for index in chosen], np.int64)
    return _split_of(manifest.name, found, samples, levels, scheme, images[chosen], source)


def split_kind(manifest: Manifest, part: str) -> str:
    """BY_SUBJECT where nobody of the part is in training, BY_FRAME where somebody is, else NOT_SHOWN."""
    if manifest.split_by == "frame" or part == TRAINING:
        return BY_FRAME
    trained = any(sample.split == TRAINING for sample in manifest.samples)
    if manifest.split_by == "picture" or not trained:
        return NOT_SHOWN
    return BY_FRAME if shared_subjects(manifest.samples) else BY_SUBJECT


def read_people(path: Path) -> Groups:
    """Kind of group -> subject -> group. Raises CropsError: no such file, or no column `subject`."""
    try:
        with path.open(newline="", encoding=encoding_of(path)) as file:
            rows = list(csv.DictReader(file, delimiter=delimiter_of(path)))
    except UNREADABLE as error:
        raise CropsError(f"--people {path}: not a readable CSV file") from error
    if not rows or "subject" not in rows[0]:
        raise CropsError(f"--people {path}: needs a column `subject` and a row for each person")
    kinds = [name for name in rows[0] if name and name != "subject"]
    return {kind.replace("_", " "): {row["subject"]: row[kind] or "not stated" for row in rows} for kind in kinds}


def _split_of(
    name: str,
    manifest: Manifest,
    samples: Sequence[Sample],
    levels: Levels,
    scheme: Scheme,
    images: Images,
    source: Source,
    crop: str | None = None,
) -> Split:
    subjects, sequences = (np.array([getattr(one, field) for one in samples]) for field in ("subject", "sequence"))
    times = _times(samples, sequences, source.frames_per_second)
    stills = Stills(images, levels, subjects, sequences, times, crop)
    people = read_people(source.people) if source.people else {}
    groups = {kind: np.array([of.get(who, "not stated") for who in subjects]) for kind, of in people.items()}
    videos = len(np.unique(sequences)) < len(samples)
    return Split(
        name=f"{manifest.dataset or name}, {source.part}: {len(samples)} crops of {len(np.unique(subjects))} people",
        stills=stills,
        drawn=False,
        split_by=split_kind(manifest, source.part),
        classes=scheme.classes,
        groups=groups,
        unknown=tuple(kind for kind in KINDS if kind not in groups),
        licence=", ".join(sorted({sample.licence for sample in samples})),
        watch=stills if videos else None,
        watch_note="the set's own recordings",
        ordered=scheme.kind in ORDERED,
    )


def _times(samples: Sequence[Sample], sequences: Names, frames_per_second: float) -> Seconds:
    frames = np.array([sample.frame for sample in samples], np.float64)
    first = {name: frames[sequences == name].min() for name in np.unique(sequences)}
    times: Seconds = (frames - np.array([first[name] for name in sequences])) / frames_per_second
    return times


def _read_crops(path: Path) -> Images:
    try:
        images = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CropsError(f"--crops {path}: not a .npy array of crops ({type(error).__name__})") from error
    if not isinstance(images, np.ndarray):
        raise CropsError(f"--crops {path}: several arrays; save one, uint8 [N, H, W, 3 or 1]")
    return images
