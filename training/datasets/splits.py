"""Training, validation and test: by subject unless it is asked for by frame, which is then said everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.datasets.errors import LeakageError, SplitError
from training.datasets.manifest import PARTS, Sample, shared_subjects


@dataclass(frozen=True)
class SplitPlan:
    """How to split.

    Attributes:
        by: "subject"; "fixed", where test_subjects and validation_subjects name who goes where; "given", as the
            samples' own split says; or "frame", which lets the same people into all parts.
        folds: by subject or frame: of so many equal parts one is for the test and the next one for validation; 3..100.
        fold: which one, 0..folds - 1.
        test_subjects, validation_subjects: of "fixed".
        seed: of "frame".
    """

    by: str = "subject"
    folds: int = 5
    fold: int = 0
    test_subjects: tuple[str, ...] = ()
    validation_subjects: tuple[str, ...] = ()
    seed: int = 1

    @property
    def stamp(self) -> str:
        """What a manifest says of it: subject or frame."""
        return "frame" if self.by == "frame" else "subject"


def split(samples: Sequence[Sample], classes: Sequence[int], plan: SplitPlan) -> list[Sample]:
    """The samples with their parts, in the same order.

    Args:
        classes: of each sample, so that folds get alike shares of each.

    Raises:
        SplitError: the plan does not fit (too few subjects, a subject that is not there, fold out of range).
        LeakageError: a split by subject has someone in two parts.
    """
    if plan.by in ("subject", "frame") and not (3 <= plan.folds <= 100 and 0 <= plan.fold < plan.folds):
        raise SplitError(f"folds must be 3..100 and fold 0..folds - 1, got {plan.folds} and {plan.fold}")
    if plan.by == "given":
        found = list(samples)
    elif plan.by == "fixed":
        found = _fixed(samples, plan)
    elif plan.by == "subject":
        folds = subject_folds([sample.subject for sample in samples], classes, plan.folds)
        found = [replace(sample, split=_part(folds[sample.subject], plan)) for sample in samples]
    elif plan.by == "frame":
        where = _frame_folds(classes, plan)
        found = [replace(sample, split=_part(int(fold), plan)) for sample, fold in zip(samples, where, strict=True)]
    else:
        raise SplitError(f"no way to split: {plan.by}")
    if plan.by != "frame":
        assert_disjoint(found)
    return found


def assert_disjoint(samples: Iterable[Sample]) -> None:
    """Raise LeakageError when a subject is in more than one part."""
    both = shared_subjects(samples)
    if both:
        raise LeakageError(both)


def subject_folds(subjects: Sequence[str], classes: Sequence[int], folds: int) -> dict[str, int]:
    """Subject to fold, 0..folds - 1: the largest subjects first, each to where the classes' shares stay most alike.

    Does not depend on the samples' order.

    Raises:
        SplitError: there are fewer subjects than folds.
    """
    names = sorted(set(subjects))
    if len(names) < folds:
        raise SplitError(f"{len(names)} subjects cannot make {folds} folds; name fewer with --folds (3 at least), or "
                         "name the subjects of the test with --test-subjects")  # fmt: skip
    index = {name: row for row, name in enumerate(names)}
    counts = np.zeros((len(names), max(classes, default=0) + 1))
    np.add.at(counts, ([index[name] for name in subjects], list(classes)), 1)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    loads = np.zeros((folds, counts.shape[1]))
    members = np.zeros(folds, int)
    placed: dict[str, int] = {}
    for rank, row in enumerate(sorted(range(len(names)), key=lambda row: (-shares[row].sum(), names[row]))):
        costs = ((loads + shares[row]) ** 2).sum(axis=1) - (loads**2).sum(axis=1)
        if len(names) - rank <= int((members == 0).sum()):
            costs[members > 0] = np.inf  # as many subjects are left as empty folds
        chosen = int(np.argmin(costs))
        loads[chosen] += shares[row]
        members[chosen] += 1
        placed[names[row]] = chosen
    return placed


def _frame_folds(classes: Sequence[int], plan: SplitPlan) -> NDArray[np.int64]:
    """Each class dealt out in turn after a seeded shuffle."""
    rng, labels = np.random.default_rng([plan.seed, 21]), np.asarray(classes)
    folds = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        folds[members] = np.arange(len(members)) % plan.folds
    return folds


def _part(fold: int, plan: SplitPlan) -> str:
    if fold == plan.fold:
        return "test"
    return "validation" if fold == (plan.fold + 1) % plan.folds else "train"


def _fixed(samples: Sequence[Sample], plan: SplitPlan) -> list[Sample]:
    there = {sample.subject for sample in samples}
    test, validation = set(plan.test_subjects), set(plan.validation_subjects)
    absent = sorted((test | validation) - there)
    if absent:
        shown = ", ".join(sorted(there)[:30])
        raise SplitError(f"no such subjects: {', '.join(absent)}; there are {shown}")
    if test & validation:
        raise LeakageError(sorted(test & validation))
    if not test or test | validation == there:
        raise SplitError("a fixed split needs subjects of the test, and others to train on")
    return [replace(sample, split="test" if sample.subject in test else
                    "validation" if sample.subject in validation else "train") for sample in samples]  # fmt: skip


def describe(samples: Sequence[Sample]) -> dict[str, tuple[int, int]]:
    """Part to subjects and samples; parts without samples are there with zeros."""
    return {part: (len({one.subject for one in samples if one.split == part}),
                   sum(one.split == part for one in samples)) for part in PARTS}  # fmt: skip
