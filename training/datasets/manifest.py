"""One model for every set: a row says what is seen in one picture, by whom it is, and where it lies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import PurePosixPath

from training.datasets.labels import VALUES
from training.datasets.licence import LICENCES

PARTS = ("train", "validation", "test")
SPLIT_BY = ("none", "subject", "picture", "frame")
CHECKSUM = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture.

    Attributes:
        sample_id: unique in its manifest.
        subject: who is seen; the same person has the same name in all rows.
        sequence: the recording it is from.
        frame: its number in the recording; in a video counted from 0, in a CSV of pixels the row from 0.
        path: relative to the set's root, with '/'; a picture, a video, or a CSV of pixels.
        label: one of labels.VALUES[label_kind].
        label_kind: pspi, level4, emotion, heat, pain2 or unlabelled.
        licence: a name of licence.LICENCES.
        split: train, validation, test, or empty.
        checksum: SHA-256 of the file at path, hex, or empty where it was not computed.
    """

    sample_id: str
    subject: str
    sequence: str
    frame: int
    path: str
    label: str
    label_kind: str
    licence: str
    split: str = ""
    checksum: str = ""


COLUMNS = tuple(column.name for column in fields(Sample))
REQUIRED = ("path", "subject", "label", "label_kind", "licence")
"""What a manifest written by hand must have; the rest has defaults (see manifest_file)."""


@dataclass(frozen=True)
class Manifest:
    """Rows and what holds for all of them.

    Attributes:
        samples: in the order of the file.
        dataset: the layout's name, or any words for a manifest written by hand.
        variant: how this copy differs from the published layout.
        split_by: "subject" promises that no subject is in two parts; "picture", where subjects are unknown, that no
            picture is; "frame" says that neither holds.
        scheme: the classes that it was made for, or empty.
        accepted: names of the licences accepted when it was made, each with the digest of the text.
    """

    samples: tuple[Sample, ...]
    dataset: str = ""
    variant: str = ""
    split_by: str = "none"
    scheme: str = ""
    accepted: dict[str, str] = field(default_factory=dict)


def problems_of(sample: Sample) -> list[str]:
    """What is wrong with a row on its own; nothing when it is sound."""
    found = [f"{name} is empty" for name in ("sample_id", "subject", "path") if not getattr(sample, name).strip()]
    if sample.label_kind not in VALUES:
        found.append(f"label_kind {sample.label_kind!r} is none of {', '.join(VALUES)}")
    elif sample.label not in VALUES[sample.label_kind]:
        allowed = VALUES[sample.label_kind]
        span = f"{allowed[0]}..{allowed[-1]}" if sample.label_kind == "pspi" else ", ".join(allowed)
        found.append(f"label {sample.label!r} is not of kind {sample.label_kind} ({span})")
    if sample.licence not in LICENCES:
        found.append(f"licence {sample.licence!r} is none of {', '.join(LICENCES)}")
    if sample.split and sample.split not in PARTS:
        found.append(f"split {sample.split!r} is none of {', '.join(PARTS)}")
    if sample.frame < 0:
        found.append(f"frame {sample.frame} is below 0")
    if sample.checksum and not CHECKSUM.fullmatch(sample.checksum):
        found.append("checksum is not 64 lower-case hex digits")
    place = PurePosixPath(sample.path)
    if place.is_absolute() or ".." in place.parts or "\\" in sample.path:
        found.append(f"path {sample.path!r} must be relative to the set's root, with '/', and stay inside it")
    return found


def shared_subjects(samples: Iterable[Sample]) -> list[str]:
    """Subjects that are in more than one part of the split, in order; rows without a part do not count."""
    parts: dict[str, set[str]] = {}
    for sample in samples:
        if sample.split:
            parts.setdefault(sample.subject, set()).add(sample.split)
    return sorted(subject for subject, within in parts.items() if len(within) > 1)
