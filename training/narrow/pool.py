"""The pictures that a narrower network learns from, made once: drawn faces, photographed ones, squares of photographs.

A lower half sees edges, folds and textures: it learns them from any picture, and squares of photographs of anything
have more of them than the few faces that a package shows. --pictures takes a folder of such photographs.

A teacher answers any picture, so that half of the views of an epoch are two of the pool's over each other, in parts of
chance, as by L. Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", arXiv 2106.05237.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from faces.image import Picture
from training.data.dataset import relight, to_input
from training.data.inputs import Images
from training.data.pictures import Pictures
from training.datasets.errors import PictureError
from training.datasets.pictures import read_picture
from training.errors import OptionError
from training.expression.views import SIDE, drawn_views, face_views, square_views

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
LONGEST, SHORTEST = 1200, 240
"""Pixels of a photograph's longer side at most, since no square needs more, and of the shorter one at least."""
MOST = 600
"""Photographs of a folder, from all over it: 2 GB in memory."""
RECONTRASTED = ((0.75, 1.35), (0.5, 1.15))
"""Contrast and saturation, as parts of a view's own."""
MIXED = 0.5
"""The part of an epoch's views that have another view over them."""


@dataclass(frozen=True)
class Counts:
    """How many views of each kind are made.

    Raises:
        OptionError: fewer than none, or none at all.
    """

    drawn: int = 3000
    faces: int = 2000
    squares: int = 5000

    def __post_init__(self) -> None:
        if min(vars(self).values()) < 0 or not self.total:
            raise OptionError("--drawn, --faces and --squares must be 0 or more, and one of them above 0")

    @property
    def total(self) -> int:
        """Of all kinds."""
        return self.drawn + self.faces + self.squares


@dataclass(frozen=True)
class Sources:
    """drawn: crops of drawn faces. faces: of photographed ones, uint8 [n, 224, 224, 3]. photographs: whole ones."""

    drawn: Pictures
    faces: Images
    photographs: Sequence[Picture]


def pooled(sources: Sources, counts: Counts, seed: int, report: Callable[[int], None]) -> Images:
    """Views of all kinds, in an order of chance: uint8 [counts.total, 224, 224, 3], 150 KB each.

    Raises:
        OptionError: views are wanted of what there is none of.
    """
    if counts.faces and not len(sources.faces):
        raise OptionError("no face is in the package's photographs: --faces 0, or give what `npm pack` wrote")
    if counts.squares and not sources.photographs:
        raise OptionError("there are no photographs to cut squares from: --pictures, or --squares 0")
    rng = np.random.default_rng([seed, 0])
    made = np.empty((counts.total, SIDE, SIDE, 3), np.uint8)
    places = rng.permutation(counts.total)
    for done, (place, view) in enumerate(zip(places, _views(sources, counts, rng), strict=True)):
        made[place] = view
        report(done + 1)
    return made


def photographs_in(folders: Sequence[Path]) -> list[Picture]:
    """Pictures in the folders and below them, at most MOST of each, made smaller: uint8 [H, W, 3] RGB.

    Raises:
        OptionError: a folder has none that can be read and is large enough.
    """
    found: list[Picture] = []
    for folder in folders:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        order = np.random.default_rng(0).permutation(len(paths))
        read = list(islice((one for at in order if (one := _read(paths[at])) is not None), MOST))
        if not read:
            raise OptionError(f"{folder}: no picture of {SHORTEST} pixels or more ({', '.join(SUFFIXES)})")
        found += read
    return found


def inputs(pool: Images, chosen: np.ndarray[tuple[int], np.dtype[np.int64]], rng: np.random.Generator) -> Tensor:
    """Some of the pool, mirrored or not, some with another one over them, in another light, contrast and saturation:
    float32 [n, 3, 224, 224], 0..1."""
    mirrored = rng.uniform(size=len(chosen)) < 0.5
    views = (pool[one][:, ::-1] if turn else pool[one] for one, turn in zip(chosen, mirrored, strict=True))
    x = _mixed(to_input(np.stack(list(views))), pool, rng)
    contrast, saturation = (torch.from_numpy(rng.uniform(*ends, (len(x), 1, 1, 1))).float() for ends in RECONTRASTED)
    grey, mean = x.mean(1, keepdim=True), x.mean((1, 2, 3), keepdim=True)
    changed = x.mul_(contrast * saturation).add_(grey * (contrast * (1 - saturation)) + mean * (1 - contrast))
    return relight(changed, rng).contiguous(memory_format=torch.channels_last)


def _views(sources: Sources, counts: Counts, rng: np.random.Generator) -> Iterator[Picture]:
    return chain(
        drawn_views(sources.drawn, counts.drawn, rng),
        face_views(sources.faces, counts.faces, rng),
        square_views(sources.photographs, counts.squares, rng),
    )


def _mixed(x: Tensor, pool: Images, rng: np.random.Generator) -> Tensor:
    over = np.flatnonzero(rng.uniform(size=len(x)) < MIXED)
    if len(over):
        others = to_input(np.stack([pool[one] for one in rng.integers(len(pool), size=len(over))]))
        parts = torch.from_numpy(rng.uniform(size=(len(over), 1, 1, 1))).float()
        x[over] = torch.lerp(x[over], others, parts)
    return x


def _read(path: Path) -> Picture | None:
    try:
        picture = read_picture(path, path.name)
    except PictureError:
        return None
    if min(picture.shape[:2]) < SHORTEST:
        return None
    factor = min(1.0, LONGEST / max(picture.shape[:2]))
    size = max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
