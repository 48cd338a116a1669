"""Pictures whose level under one plan is known, and how often rounding makes secure inference answer otherwise.

The model provider draws them for one installation and hands them to its rooms, never to whoever runs the edge
(training/known). runs, wrong: of drawn runs of the plan's integers over the chosen pictures, equally often each, as
secure inference rounds; they tell an upper bound on the part of wrong answers to a picture taken at random.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snni.errors import BundleError

DOUBT_BITS = 41
"""The bound is too low with a chance of 2^-41 at most."""
MAX_PICTURES = 4096


@dataclass(frozen=True)
class KnownPictures:
    """pictures: uint8 [N, C, H, W]. levels: uint8 [N]. plan_hash: of the plan that gives them."""

    plan_hash: str
    pictures: NDArray[np.uint8]
    levels: NDArray[np.uint8]
    runs: int
    wrong: int

    def __len__(self) -> int:
        return len(self.levels)

    def __repr__(self) -> str:
        return f"KnownPictures({len(self)})"

    @property
    def wrong_rate(self) -> float:
        """An upper bound on the chance that an honest edge's answer to one of them, taken at random, is wrong."""
        return most_wrong(self.runs, self.wrong)

    def save(self, path: Path) -> None:
        """Whole or not at all."""
        partial = path.with_name(path.name + ".partial.npz")
        write: Callable[..., None] = np.savez_compressed
        counts = np.array([self.runs, self.wrong], np.int64)
        write(partial, plan_hash=np.array(self.plan_hash), pictures=self.pictures, levels=self.levels, counts=counts)
        partial.rename(path)

    @classmethod
    def load(cls, path: Path) -> KnownPictures:
        """Raises BundleError: not there, or not such a file."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                arrays = {name: held[name] for name in ("plan_hash", "pictures", "levels", "counts")}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise BundleError(f"no known pictures: {type(error).__name__}") from error
        pictures, levels, counts = arrays["pictures"], arrays["levels"], arrays["counts"]
        if pictures.dtype != np.uint8 or pictures.ndim != 4 or not 1 <= len(pictures) <= MAX_PICTURES:
            raise BundleError(f"known pictures are {pictures.dtype} {list(pictures.shape)}, not uint8 [N, C, H, W]")
        if levels.dtype != np.uint8 or levels.shape != (len(pictures),):
            raise BundleError("known pictures have one level each")
        if counts.dtype != np.int64 or counts.shape != (2,) or not 0 <= counts[1] <= counts[0]:
            raise BundleError("known pictures say how many runs there were, and how many of them wrong")
        return cls(str(arrays["plan_hash"]), pictures, levels, int(counts[0]), int(counts[1]))


def most_wrong(runs: int, wrong: int, bits: float = DOUBT_BITS) -> float:
    """The least rate, from 0 to 1, at which so few wrong of so many independent runs have a chance of 2^-bits at most.

    Chernoff's bound on the lower tail of a sum of independent bits, alike or not: P(W <= w) <= exp(-(m - w + w ln(w /
    m))) where their chances add up to m > w. With none wrong it is bits ln 2 / runs.
    """

    def unlikely(expected: float) -> bool:
        lost = wrong * math.log(wrong / expected) if wrong else 0.0
        return expected - wrong + lost >= bits * math.log(2)

    low, high = float(wrong), float(max(runs, 1))
    if not unlikely(high):
        return 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if middle > wrong and unlikely(middle) else (middle, high)
    return high / runs
