"""Crops of all chosen samples, made once: what is in the cache is not looked at again."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from training.datasets.crop import Cropper
from training.datasets.crop_cache import CROPPED, CropCache, checksum_of
from training.datasets.errors import PictureError
from training.datasets.inspection import Step
from training.datasets.manifest import Sample
from training.datasets.pictures import decoded, is_black

CHUNK = 64
"""Samples a task, or more where one file has more: the memory of a task is one picture and these names."""
CHANGED = "another checksum than the manifest says"
GONE = "file cannot be read"


@dataclass(frozen=True)
class CropOutcome:
    """A sample, with its file's checksum where that could be read; what came of it; whether it was known before."""

    sample: Sample
    what: str
    known: bool = False


@dataclass(frozen=True)
class Prepared:
    """CropOutcomes in the samples' order."""

    outcomes: tuple[CropOutcome, ...]

    @property
    def cropped(self) -> list[Sample]:
        """Samples that have a crop."""
        return [outcome.sample for outcome in self.outcomes if outcome.what == CROPPED]

    @property
    def counts(self) -> dict[str, int]:
        """What came of the samples: how many of each."""
        return dict(Counter(outcome.what for outcome in self.outcomes).most_common())


def prepare(root: Path, samples: Sequence[Sample], folder: Path, step: Step, processes: int = 1) -> Prepared:
    """Crop what is not in folder's cache yet.

    Args:
        root: of the samples' paths.
        folder: the cache; made if not there.
        step: told after every task.
        processes: that work at it; 1 works in this one.

    Raises:
        OSError: the cache cannot be written.
    """
    done: dict[str, CropOutcome] = {}
    for outcomes in _results(root, list(_chunks(samples)), folder, processes):
        done.update((outcome.sample.sample_id, outcome) for outcome in outcomes)
        step("crops", len(done), len(samples))
    return Prepared(tuple(done[sample.sample_id] for sample in samples))


def work(root: Path, samples: Sequence[Sample], folder: Path) -> list[CropOutcome]:
    """One task: each file is read once for its checksum, and once more where a crop of it is missing."""
    crops = CropCache(folder)
    outcomes: list[CropOutcome] = []
    missing: dict[str, Sample] = {}
    checksums: dict[str, str] = {}
    for sample in samples:
        if sample.path not in checksums:
            checksums[sample.path] = _checksum(root / sample.path)
        checksum = checksums[sample.path]
        summed = replace(sample, checksum=checksum or sample.checksum)
        if not checksum:
            outcomes.append(CropOutcome(summed, GONE))
        elif sample.checksum not in ("", checksum):
            outcomes.append(CropOutcome(sample, CHANGED))
        elif (known := crops.outcome(checksum, sample.frame)) is not None:
            outcomes.append(CropOutcome(summed, known, known=True))
        else:
            missing[sample.sample_id] = summed
    for sample, picture in decoded(root, list(missing.values())):
        outcomes.append(CropOutcome(sample, _crop(crops, sample, picture)))
    return outcomes


def _crop(crops: CropCache, sample: Sample, picture: object) -> str:
    reason = "no face"
    if isinstance(picture, PictureError):
        reason = "not decoded"
    elif is_black(picture):  # type: ignore[arg-type]
        reason = "black"
    elif (crop := _cropper().crop(picture)) is not None:  # type: ignore[arg-type]
        crops.put(sample.checksum, sample.frame, crop)
        return CROPPED
    crops.put_none(sample.checksum, sample.frame, reason)
    return reason


@cache
def _cropper() -> Cropper:
    """One a process: loading the detector's networks takes longer than a picture."""
    return Cropper()


def _checksum(path: Path) -> str:
    try:
        return checksum_of(path)
    except OSError:
        return ""


def _chunks(samples: Sequence[Sample]) -> Iterator[list[Sample]]:
    """Tasks of about CHUNK samples; samples of one file stay together."""
    chunk: list[Sample] = []
    ordered = sorted(samples, key=lambda sample: (sample.path, sample.frame))
    for _, group in itertools.groupby(ordered, key=lambda sample: sample.path):
        chunk += group
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _results(root: Path, chunks: Sequence[list[Sample]], folder: Path, processes: int) -> Iterator[list[CropOutcome]]:
    """Each task's outcomes, at most two tasks a process waiting."""
    if processes <= 1:
        for chunk in chunks:
            yield work(root, chunk, folder)
        return
    waiting: deque[Future[list[CropOutcome]]] = deque()
    with ProcessPoolExecutor(processes) as pool:
        for chunk in chunks:
            if len(waiting) >= 2 * processes:
                yield waiting.popleft().result()
            waiting.append(pool.submit(work, root, chunk, folder))
        while waiting:
            yield waiting.popleft().result()
