"""Which of a set's samples are trained on, and as which class."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from training.datasets.errors import DatasetError
from training.datasets.findings import Findings
from training.datasets.labels import SCHEMES, Scheme
from training.datasets.manifest import Sample

SUBSETS: Mapping[str, tuple[str, tuple[int, ...]]] = MappingProxyType({"secfepas": ("pspi4", (3092, 2909, 2351, 3109))})
"""Name to scheme and frames of each class. secfepas: UNBC-McMaster as SecFePAS balances it (Batool, Anwar, Mann,
SEC 2024): every frame of a PSPI of 1, 2 and 3 or more, and a draw from those of 0."""


def classes_of(samples: Sequence[Sample], scheme: Scheme) -> list[int | None]:
    """Each sample's class, None where its label has none.

    Raises:
        DatasetError: no label is of the scheme's kind.
    """
    kinds = {sample.label_kind for sample in samples}
    if samples and scheme.kind not in kinds:
        fitting = [name for name, other in SCHEMES.items() if other.kind in kinds]
        raise DatasetError(f"classes {scheme.name} need labels of kind {scheme.kind}; this set has "
                           f"{', '.join(sorted(kinds))}; fitting are {', '.join(fitting)}")  # fmt: skip
    return [scheme.class_of(sample.label) if sample.label_kind == scheme.kind else None for sample in samples]


def histogram(classes: Sequence[int | None], scheme: Scheme) -> list[int]:
    """How many samples each class has."""
    counts = [0] * len(scheme.classes)
    for found in classes:
        if found is not None:
            counts[found] += 1
    return counts


def with_class(samples: Sequence[Sample], scheme: Scheme, findings: Findings) -> list[Sample]:
    """Those that have a class; the others are noticed. Raises DatasetError as classes_of does."""
    kept = []
    for sample, found in zip(samples, classes_of(samples, scheme), strict=True):
        if found is None:
            findings.add(f"label without a class of {scheme.name}: {sample.label}", sample.path, left_out=True)
        else:
            kept.append(sample)
    return kept


def subset(samples: Sequence[Sample], name: str, scheme: Scheme, seed: int, findings: Findings) -> list[Sample]:
    """The named subset, drawn by a hash of seed and sample id, so that it does not depend on the samples' order.

    A class with fewer samples than the subset has keeps them all, which is noticed.

    Raises:
        DatasetError: there is no such subset, or it is of other classes.
    """
    if name not in SUBSETS:
        raise DatasetError(f"no subset {name}; known are {', '.join(SUBSETS)}")
    wanted, counts = SUBSETS[name]
    if scheme.name != wanted:
        raise DatasetError(f"subset {name} is of classes {wanted}, not {scheme.name}")
    by_class: list[list[Sample]] = [[] for _ in counts]
    for sample, found in zip(samples, classes_of(samples, scheme), strict=True):
        if found is not None:
            by_class[found].append(sample)
    chosen: set[str] = set()
    for index, (there, count) in enumerate(zip(by_class, counts, strict=True)):
        if len(there) < count:
            findings.add(f"class {scheme.classes[index]} has fewer samples than {name}: {len(there)} of {count}",
                        count=count - len(there))  # fmt: skip
        chosen |= {sample.sample_id for sample in sorted(there, key=lambda one: _rank(one, seed))[:count]}
    return [sample for sample in samples if sample.sample_id in chosen]


def _rank(sample: Sample, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{sample.sample_id}".encode()).digest()


def sampling_weights(classes: Sequence[int]) -> NDArray[np.float64]:
    """Probabilities with which to draw samples so that each class that occurs is drawn equally often: float64 [n].

    They sum to 1. Raises ValueError: there are none.
    """
    if not len(classes):
        raise ValueError("no samples to weigh")
    found, where, counts = np.unique(np.asarray(classes), return_inverse=True, return_counts=True)
    weights: NDArray[np.float64] = 1.0 / (len(found) * counts[where])
    return weights
