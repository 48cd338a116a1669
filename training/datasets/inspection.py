"""A dry run: what set a folder holds, what is irregular about it, what would be trained on and how it is split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.datasets import listed, photographs
from training.datasets.catalogue import recognise
from training.datasets.choice import classes_of, histogram, subset, with_class
from training.datasets.errors import DatasetError, PictureError, SplitError
from training.datasets.findings import Findings
from training.datasets.labels import DEFAULT_SCHEME, SCHEMES, VALUES, Scheme
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.listed import of_manifest
from training.datasets.manifest import Manifest, Sample, shared_subjects
from training.datasets.pictures import decoded, is_black
from training.datasets.splits import SplitPlan, split

LOOKED_AT = 500
"""Pictures opened by a dry run, spread evenly; all of them on request."""

Step = Callable[[str, int, int], None]
"""What is done, how far, of how many."""


@dataclass(frozen=True)
class Options:
    """What a user asks for beside the folder.

    Attributes:
        reading: how the set is read.
        scheme: the classes; empty for the set's own.
        subset: empty for all samples.
        plan: how to split; None for the set's own (the papers' test subjects, a given split, or folds of subjects).
        only, without: subjects to keep or leave out; empty: all, none.
        all_pictures: open every picture, not LOOKED_AT of them.
        manifest: what to take of the folder, instead of all that is there.
        photographs: the terms under which it holds photographs without labels; empty: it is a data set.
        seed: of the subset.
    """

    reading: ReadingOptions = field(default_factory=ReadingOptions)
    scheme: str = ""
    subset: str = ""
    plan: SplitPlan | None = None
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    all_pictures: bool = False
    manifest: Path | None = None
    seed: int = 1
    photographs: str = ""


@dataclass(frozen=True)
class Inspection:
    """What was found.

    Attributes:
        there: every sample that has a label; chosen: those that would be trained or measured on, with their parts.
        opened: pictures looked at, of len(there); sizes: width x height of those, with counts.
        shared: subjects in more than one part of the split; empty unless it is by frame.
    """

    layout: Layout
    found: SetCopy
    scheme: Scheme
    plan: SplitPlan
    there: tuple[Sample, ...]
    chosen: tuple[Sample, ...]
    findings: Findings
    opened: int
    sizes: dict[str, int]

    @property
    def anonymous(self) -> bool:
        """Whether nobody knows who is seen."""
        manifest = self.found.places.get("manifest")
        return self.layout.anonymous or (manifest is not None and manifest.split_by == "picture")

    @property
    def stamp(self) -> str:
        """What the split keeps apart: subjects; equal pictures, where subjects are unknown; or nothing but frames."""
        return "picture" if self.anonymous and self.plan.stamp == "subject" else self.plan.stamp

    @property
    def shared(self) -> list[str]:
        """Subjects in more than one part."""
        return shared_subjects(self.chosen)

    @property
    def licences(self) -> list[str]:
        """Whose terms hold."""
        return sorted({sample.licence for sample in self.there})

    @property
    def label_counts(self) -> dict[str, dict[str, int]]:
        """Kind of label to how often each value is there, values in their order, those that are not there left out."""
        counts = Counter((sample.label_kind, sample.label) for sample in self.there)
        kinds = [kind for kind in VALUES if any(found == kind for found, _ in counts)]
        return {kind: {value: counts[kind, value] for value in VALUES[kind] if counts[kind, value]} for kind in kinds}

    def class_counts(self, part: str | None = None) -> list[int]:
        """Chosen samples of each class, of one part or of all."""
        within = [sample for sample in self.chosen if part is None or sample.split == part]
        return histogram(classes_of(within, self.scheme), self.scheme) if within else [0] * len(self.scheme.classes)

    def manifest(self, accepted: dict[str, str]) -> Manifest:
        """Of what was chosen."""
        return Manifest(self.chosen, self.layout.name, "; ".join(self.found.variant), self.stamp,
                        self.scheme.name, accepted)  # fmt: skip


def inspect(root: Path, options: Options, step: Step = lambda what, done, total: None) -> Inspection:
    """Look at a folder. Changes nothing on disk.

    Raises:
        DatasetError: the folder is no known set, or the options do not fit it.
    """
    layout, found = recognised(root, options)
    findings = Findings()
    step("labels", 0, 0)
    there = _subjects(layout.load(found, options.reading, findings), options)
    if not there:
        reasons = "; ".join(f"{notice.what}: {notice.count}" for notice in findings.all())
        raise DatasetError(f"{root}: {layout.title}, but no sample with a label ({reasons or 'no files'})")
    scheme = _scheme(options, layout, found, there)
    unusable, opened, sizes = _look(found.root, there, options.all_pictures, findings, step)
    chosen = with_class([one for one in there if one.sample_id not in unusable], scheme, findings)
    if options.subset:
        chosen = subset(chosen, options.subset, scheme, options.seed, findings)
    if not chosen:
        raise DatasetError(f"{root}: no sample is left to train on")
    plan = options.plan or default_plan(layout, chosen)
    classes = [found_class for found_class in classes_of(chosen, scheme) if found_class is not None]
    chosen = split(chosen, classes, plan)
    return Inspection(layout, found, scheme, plan, tuple(there), tuple(chosen), findings, opened, sizes)


def recognised(root: Path, options: Options) -> tuple[Layout, SetCopy]:
    """What a folder holds, as options say how to take it. Raises DatasetError: it is no such thing."""
    if options.photographs:
        return photographs.recognised(root, options.photographs)
    return recognise(root) if options.manifest is None else (listed.LAYOUT, of_manifest(options.manifest, root))


def default_plan(layout: Layout, samples: Sequence[Sample]) -> SplitPlan:
    """The set's own split: as given, by the papers' test subjects, or in folds of subjects.

    Raises:
        SplitError: the given split has subjects in more than one part.
    """
    if all(sample.split for sample in samples):
        both = shared_subjects(samples)
        if both:
            raise SplitError(f"the given split has {len(both)} subjects in more than one part ({both[0]}, ...): "
                             "--folds splits anew by subject; --split-by-frame accepts that")  # fmt: skip
        return SplitPlan("given")
    subjects = {sample.subject for sample in samples}
    test = tuple(name for name in layout.test_subjects if name in subjects)
    if test and len(test) == len(layout.test_subjects) and len(subjects) > len(test):
        return SplitPlan("fixed", test_subjects=test)
    return SplitPlan(folds=max(3, min(5, len(subjects))))


def _scheme(options: Options, layout: Layout, found: SetCopy, there: Sequence[Sample]) -> Scheme:
    name = options.scheme or layout.scheme or (found.places["manifest"].scheme if "manifest" in found.places else "")
    if not name:
        name = DEFAULT_SCHEME[Counter(sample.label_kind for sample in there).most_common(1)[0][0]]
    if name not in SCHEMES:
        raise DatasetError(f"no classes {name}; known are {', '.join(SCHEMES)}")
    return SCHEMES[name]


def _subjects(samples: list[Sample], options: Options) -> list[Sample]:
    there = {sample.subject for sample in samples}
    absent = sorted(set(options.only + options.without) - there)
    if samples and absent:
        raise DatasetError(f"no such subjects: {', '.join(absent)}; there are {', '.join(sorted(there)[:30])}")
    return [one for one in samples if (not options.only or one.subject in options.only)
            and one.subject not in options.without]  # fmt: skip


def _look(
    root: Path, there: Sequence[Sample], everything: bool, findings: Findings, step: Step
) -> tuple[set[str], int, dict[str, int]]:
    """Open pictures; the ids of those that cannot be used, how many were opened, and their sizes."""
    every = 1 if everything else -(-len(there) // LOOKED_AT)
    picked = there[::every]
    unusable: set[str] = set()
    sizes: Counter[str] = Counter()
    for done, (sample, picture) in enumerate(decoded(root, picked), 1):
        step("pictures", done, len(picked))
        if isinstance(picture, PictureError):
            findings.add("picture that cannot be decoded", str(picture), left_out=True)
            unusable.add(sample.sample_id)
            continue
        sizes[f"{picture.shape[1]}x{picture.shape[0]}"] += 1
        if is_black(picture):
            findings.add("black frame", f"{sample.path}#{sample.frame}", left_out=True)
            unusable.add(sample.sample_id)
    return unusable, len(picked), dict(sizes.most_common())
