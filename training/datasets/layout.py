"""What every data set's file gives: how it is recognised, and how its samples are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.datasets.findings import Findings
from training.datasets.manifest import Sample


@dataclass(frozen=True)
class SetCopy:
    """A copy of a set.

    Attributes:
        root: manifests' paths are relative to it.
        places: role to folder or file, as the layout needs them.
        variant: how this copy differs from the published layout, in words; empty where it does not.
        facts: what else is there, in words.
    """

    root: Path
    places: Mapping[str, Any]
    variant: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingOptions:
    """What a user may choose of how a set is read.

    Attributes:
        labels: of UNBC-McMaster: "pspi" takes PSPI files where there are any, "facs" computes it from action units.
        every: of a video, one frame in so many; None for the set's own habit.
        songs: of RAVDESS, whether the sung recordings count too.
        emotions: of FER2013's CSV, whether 4, 5, 6 mean "sad-surprise-neutral" (published) or
            "neutral-sad-surprise" (other copies); None to tell them by their counts.
    """

    labels: str = "pspi"
    every: int | None = None
    songs: bool = False
    emotions: str | None = None


@dataclass(frozen=True)
class Layout:
    """A data set.

    Attributes:
        name: in manifests and commands.
        title: in reports.
        licence: a name of licence.LICENCES.
        scheme: of labels.SCHEMES, where none is named.
        looked_for: what tells it, in words, for the error about an unknown folder.
        probe: a folder to what was found there, or None.
        load: the samples, irregularities noticed.
        test_subjects: whose samples are the test set by habit of the papers; empty: folds.
        anonymous: whether subjects are not known (each picture is its own).
    """

    name: str
    title: str
    licence: str
    scheme: str
    looked_for: str
    probe: Callable[[Path], SetCopy | None]
    load: Callable[[SetCopy, ReadingOptions, Findings], list[Sample]]
    test_subjects: tuple[str, ...] = ()
    anonymous: bool = False
    published: Mapping[str, int] = field(default_factory=dict)
    """What the whole set holds, for comparison: subjects, sequences, samples."""
