"""What a network is measured on: crops, their true levels, who is in each, and what is known of these people.

This is the one seam between data sets and measures: drawn.py and published.py make a Split, everything else takes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.data.inputs import Images
from training.data.recut import recut
from training.evaluation.errors import CropsError

Levels = NDArray[np.int64]
Names = NDArray[np.str_]

BY_SUBJECT, BY_FRAME, NOT_SHOWN = "subject", "frame", "unknown"


@dataclass(frozen=True)
class Stills:
    """Crops of n pictures.

    Attributes:
        images: uint8 [n, H, W, 3] RGB or [n, H, W, 1] grey.
        levels: int64 [n], at least 0.
        subjects: str [n], who is in each.
        sequences: str [n], which video each is from; empty where it is a single picture.
        times_s: float64 [n], seconds since the sequence's start.
        crop: the format they are cut in, of faces.crop; None where nobody said: as the network takes them.
    """

    images: Images
    levels: Levels
    subjects: Names
    sequences: Names
    times_s: NDArray[np.float64]
    crop: str | None = None

    def __post_init__(self) -> None:
        count = len(self.levels)
        if self.images.ndim != 4 or self.images.shape[3] not in (1, 3) or self.images.dtype != np.uint8:
            raise CropsError(f"crops are {self.images.dtype} {list(self.images.shape)}; save uint8 [N, H, W, 3 or 1]")
        if not count or {len(self.images), len(self.subjects), len(self.sequences), len(self.times_s)} != {count}:
            raise CropsError(f"{len(self.images)} crops and {count} labels; one of each, at least one")
        if self.levels.min() < 0:
            raise CropsError("a level below 0")

    def __len__(self) -> int:
        return len(self.levels)

    def cut(self, crop: str) -> Images:
        """The crops as a network of this format takes them. Raises InputError."""
        if self.crop is None or self.crop == crop:
            return self.images
        return np.stack([recut(image, self.crop, crop) for image in self.images])


@dataclass(frozen=True)
class Split:
    """Stills and what has to be said about them.

    Attributes:
        name: where they come from, for the report.
        stills: the crops.
        drawn: they show drawn faces, of nobody.
        split_by: BY_SUBJECT where it was checked that nobody in it was trained on, BY_FRAME where somebody was,
            NOT_SHOWN where it could not be checked.
        classes: the levels' names, in order; empty for those of the ward.
        ordered: whether a class is more than the one before it: levels are, emotions are not.
        groups: kind of group (such as glasses) -> str [n], the group that each crop's person is in.
        unknown: kinds of group that nothing is known about.
        licence: of the pictures.
        watch: keyframes of whole videos, for sequences and alarms; None where there are none.
        watch_note: what they are, for the report.
    """

    name: str
    stills: Stills
    drawn: bool
    split_by: str
    classes: tuple[str, ...] = ()
    groups: Mapping[str, Names] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    licence: str = ""
    watch: Stills | None = None
    watch_note: str = ""
    ordered: bool = True

    def __post_init__(self) -> None:
        if self.split_by not in (BY_SUBJECT, BY_FRAME, NOT_SHOWN):
            raise CropsError(f"split by {self.split_by!r}")
        for kind, members in self.groups.items():
            if len(members) != len(self.stills):
                raise CropsError(f"{kind}: {len(members)} groups for {len(self.stills)} crops")
