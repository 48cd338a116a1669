"""Crops with levels, from wherever they are: drawn ones in a file or a folder, or a prepared set's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from faces.crop import WIDE
from training.data.dataset import Crops
from training.data.recut import format_of, recut
from training.datasets.crop_set import MANIFEST, CropSet
from training.errors import OptionError

Levels = NDArray[np.int64]
PARTS = ("train", "validation", "test")
HELD_OUT = 5
"""Of a single file one person in so many is for validation, and as many for the test."""


class Pictures(Protocol):
    """levels: int64 [n]. subjects: [n], who is in each. licences: whose terms bind a network trained on them.

    ordered: whether level 2 lies between 1 and 3, which emotions do not.
    """

    @property
    def levels(self) -> Levels: ...

    @property
    def subjects(self) -> NDArray[Any]: ...

    @property
    def licences(self) -> tuple[str, ...]: ...

    @property
    def ordered(self) -> bool: ...

    def crop(self, index: int) -> NDArray[np.uint8]:
        """uint8 [H, W, 3], RGB."""
        ...


@dataclass(frozen=True)
class DrawnPictures:
    """Of training.data.build: in memory. have, want: formats of faces.crop."""

    crops: Crops
    licences: tuple[str, ...] = ()
    ordered: bool = True
    have: str = WIDE
    want: str = WIDE

    @property
    def levels(self) -> Levels:
        return self.crops.levels

    @property
    def subjects(self) -> NDArray[np.int64]:
        return self.crops.identities

    def crop(self, index: int) -> NDArray[np.uint8]:
        return recut(np.asarray(self.crops.images[index], np.uint8), self.have, self.want)


@dataclass(frozen=True)
class PreparedPictures:
    """A part of what `./run train prepare` made: read crop by crop. want: a format of faces.crop."""

    part: CropSet
    want: str = WIDE

    @property
    def levels(self) -> Levels:
        return self.part.classes

    @property
    def subjects(self) -> NDArray[np.str_]:
        return np.array([sample.subject for sample in self.part.samples])

    @property
    def licences(self) -> tuple[str, ...]:
        return tuple(self.part.licences)

    @property
    def ordered(self) -> bool:
        return self.part.scheme.kind != "emotion"

    def crop(self, index: int) -> NDArray[np.uint8]:
        return recut(self.part.crop(index), WIDE, self.want)


@dataclass(frozen=True)
class Parts:
    """drawn: faces of nobody."""

    train: Pictures
    validation: Pictures
    test: Pictures
    about: str
    drawn: bool

    @classmethod
    def of(cls, parts: Sequence[Pictures], about: str, drawn: bool) -> Parts:
        """parts: in PARTS' order."""
        train, validation, test = parts
        return cls(train, validation, test, about, drawn)


def load_parts(path: Path, want: str = WIDE) -> Parts:
    """A folder of `prepare`, a folder with train.npz, validation.npz and test.npz, or one such file, split by person.

    want: the format of the crops that the network takes.

    Raises:
        OptionError: none of these, or a part without a crop.
        DatasetError: a prepared set that may not be used, or whose manifest is not sound.
    """
    if (path / MANIFEST).is_file():
        found = Parts.of(
            [PreparedPictures(CropSet.load(path, part), want) for part in PARTS], f"{path.name}, prepared", False
        )
    elif path.is_dir():
        files = [path / f"{part}.npz" for part in PARTS]
        found = Parts.of([_drawn(_crops(file), file, want) for file in files], "drawn faces", True)
    else:
        found = Parts.of([_drawn(crops, path, want) for crops in _split(_crops(path), path)], "drawn faces", True)
    for part in PARTS:
        if not len(getattr(found, part).levels):
            raise OptionError(f"{path}: no crop for {part}")
    return found


def _drawn(crops: Crops, file: Path, want: str) -> DrawnPictures:
    return DrawnPictures(crops, have=format_of(file), want=want)


def _crops(path: Path) -> Crops:
    if not path.is_file():
        raise OptionError(f"{path}: no such file; --data takes a folder of `./run train prepare`, or crops as "
                          "`python -m training.data.build` writes them")  # fmt: skip
    try:
        return Crops.load(path)
    except (KeyError, OSError, ValueError, EOFError) as error:
        raise OptionError(f"{path}: not crops that training.data.build wrote ({type(error).__name__})") from error


def _split(crops: Crops, path: Path) -> list[Crops]:
    people = np.unique(crops.identities)
    held = max(1, len(people) // HELD_OUT)
    if len(people) < 3:
        raise OptionError(f"{path}: {len(people)} people cannot be split into {', '.join(PARTS)}")
    order = np.random.default_rng(0).permutation(people)
    chosen = (order[2 * held :], order[:held], order[held : 2 * held])
    return [crops.part(np.flatnonzero(np.isin(crops.identities, who))) for who in chosen]


def spread(levels: Levels, count: int, rng: np.random.Generator) -> Levels:
    """Indices of about `count` crops, as many of each level as of any other where there are enough."""
    kinds = np.unique(levels)
    each = max(1, count // len(kinds))
    return rng.permutation(np.concatenate([rng.permutation(np.flatnonzero(levels == kind))[:each] for kind in kinds]))


@dataclass(frozen=True)
class Some:
    """Some crops of others."""

    whole: Pictures
    indices: Levels

    @property
    def levels(self) -> Levels:
        return self.whole.levels[self.indices]

    @property
    def subjects(self) -> NDArray[Any]:
        return self.whole.subjects[self.indices]

    @property
    def licences(self) -> tuple[str, ...]:
        return self.whole.licences

    @property
    def ordered(self) -> bool:
        return self.whole.ordered

    def crop(self, index: int) -> NDArray[np.uint8]:
        return self.whole.crop(int(self.indices[index]))


def limited(parts: Parts, count: int, seed: int) -> Parts:
    """About `count` crops of each part, evenly of its levels; all for 0."""
    if not count:
        return parts
    rng = np.random.default_rng(seed)
    few = [Some(part, spread(part.levels, count, rng)) for part in (parts.train, parts.validation, parts.test)]
    return Parts.of(few, parts.about, parts.drawn)
