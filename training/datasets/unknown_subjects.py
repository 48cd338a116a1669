"""Pictures from the web, of people nobody can name: all that can be told is which pictures are equal.

Each picture counts as a subject of its own, equal ones as the same, so that no picture is in two parts of a split. That
is less than what sets with known subjects give, and reports say "unknown" instead of a number of subjects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from faces.image import Picture
from training.datasets.findings import Findings
from training.datasets.manifest import Sample

PRECEDENCE = ("test", "validation", "train", "")
"""Where a picture stays that is in several parts."""


def name_of(picture: Picture) -> str:
    """The same for equal pictures, another one for others."""
    shape = "x".join(str(side) for side in picture.shape)
    return "p" + hashlib.sha256(shape.encode() + picture.tobytes()).hexdigest()[:20]


def in_one_part(samples: Sequence[Sample], findings: Findings) -> list[Sample]:
    """Without those whose equal is in a part that takes precedence; those, and equal ones of a part, are noticed."""
    kept: dict[str, str] = {}
    for sample in samples:
        before = kept.get(sample.subject, sample.split)
        kept[sample.subject] = min(before, sample.split, key=PRECEDENCE.index)
    found: list[Sample] = []
    labels: dict[str, str] = {}
    for sample in samples:
        where = f"{sample.path}#{sample.frame}"
        if kept[sample.subject] != sample.split:
            findings.add(f"picture of {sample.split} that is in {kept[sample.subject]} too", where, left_out=True)
            continue
        if sample.subject in labels:
            same = labels[sample.subject] == sample.label
            findings.add("equal pictures" if same else "equal pictures with different labels", where)
        labels.setdefault(sample.subject, sample.label)
        found.append(sample)
    return found
