"""A manifest of crops as a Split: a CSV of what each crop is, and the crops as one array, row for row.

Columns: sample, subject, sequence, frame, path, label, licence, split, checksum. label is a level, 0 or more. frame
counts from any number; with frames a second it becomes seconds. Columns skin_tone, age, sex and glasses, where there
are any, become groups.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.evaluation.errors import SplitError
from training.evaluation.split import BY_FRAME, BY_SUBJECT, NOT_SHOWN, Images, Names, Split, Stills

COLUMNS = ("sample", "subject", "sequence", "frame", "path", "label", "licence", "split", "checksum")
GROUPS = {"skin_tone": "skin tone", "age": "age", "sex": "sex", "glasses": "glasses"}
TRAINING = "train"

Row = dict[str, str]


def load_manifest(manifest: Path, crops: Path, split: str, frames_per_second: float) -> Split:
    """The rows of one split.

    Args:
        manifest: the CSV, with the rows of every split, so that it shows whether people are in two.
        crops: .npy, uint8 [rows of the CSV, H, W, 3 or 1].
        split: the value of the column of that name.
        frames_per_second: of the videos, above 0.

    Raises:
        SplitError: a file is missing or malformed, or the split is empty.
    """
    if not frames_per_second > 0:
        raise SplitError(f"--frames-per-second {frames_per_second}: must be above 0")
    rows = read_rows(manifest)
    images = _read_crops(crops)
    if len(images) != len(rows):
        raise SplitError(f"{crops}: {len(images)} crops for {len(rows)} rows of {manifest}; one for each row, in order")
    chosen = [index for index, row in enumerate(rows) if row["split"] == split]
    if not chosen:
        raise SplitError(f"{manifest}: no row of split {split!r}; it has {sorted({row['split'] for row in rows})}")
    return _split_of(manifest, rows, images, chosen, frames_per_second)


def read_rows(manifest: Path) -> list[Row]:
    """Every row. Raises SplitError naming the line that is wrong."""
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise SplitError(f"{manifest}: no column {', '.join(missing)}")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SplitError(f"{manifest}: {getattr(error, 'strerror', None) or 'not a CSV file in UTF-8'}") from error
    for number, row in enumerate(rows, 2):
        if not row["subject"]:
            raise SplitError(f"{manifest}, line {number}: no subject; without one nothing can be said about new people")
        if not (row["label"] or "").isdecimal() or not (row["frame"] or "0").isdecimal():
            raise SplitError(f"{manifest}, line {number}: label and frame must be whole numbers, label a level")
    return rows


def leaks(rows: Sequence[Row], split: str) -> str:
    """BY_FRAME where a person of the split is trained on, BY_SUBJECT where none is, NOT_SHOWN without training rows."""
    trained = {row["subject"] for row in rows if row["split"] == TRAINING}
    if not trained or split == TRAINING:
        return NOT_SHOWN if not trained else BY_FRAME
    return BY_FRAME if any(row["subject"] in trained for row in rows if row["split"] == split) else BY_SUBJECT


def _split_of(manifest: Path, rows: list[Row], images: Images, chosen: list[int], fps: float) -> Split:
    mine = [rows[index] for index in chosen]
    sequences = _column(mine, "sequence")
    frames = np.array([int(row["frame"] or 0) for row in mine], np.float64)
    first = {name: frames[sequences == name].min() for name in np.unique(sequences)}
    times = (frames - np.array([first[name] for name in sequences])) / fps
    levels = np.array([int(row["label"]) for row in mine], np.int64)
    stills = Stills(images[chosen], levels, _column(mine, "subject"), sequences, times)
    groups = {kind: _column(mine, name) for name, kind in GROUPS.items() if all(row.get(name) for row in mine)}
    split, people = mine[0]["split"], len(np.unique(stills.subjects))
    return Split(
        name=f"{manifest.name}, split {split}: {len(mine)} crops of {people} people",
        stills=stills,
        drawn=False,
        split_by=leaks(rows, split),
        groups=groups,
        unknown=tuple(kind for kind in GROUPS.values() if kind not in groups),
        licence=", ".join(sorted({row["licence"] for row in mine})),
        watch=stills if (sequences != "").all() else None,
        watch_note="the split's own sequences, every frame taken for a keyframe",
    )


def _column(rows: Sequence[Row], name: str) -> Names:
    return np.array([row[name] or "" for row in rows])


def _read_crops(path: Path) -> Images:
    try:
        images = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SplitError(f"{path}: not a .npy array of crops ({type(error).__name__})") from error
    if not isinstance(images, np.ndarray):
        raise SplitError(f"{path}: several arrays; save one, uint8 [N, H, W, 3 or 1]")
    return images
