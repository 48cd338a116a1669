"""Crops to explain: drawn people that no network was trained on, or an array of your own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faces.crop import WIDE, margin_of
from training.data.build import LEVELS, samples_of
from training.data.inputs import Images
from training.evaluation.errors import CropsError
from training.synth.splits import seed_of

FIRST_PERSON = 21_000
"""Of the test seeds: nobody that anything else is measured on."""


@dataclass(frozen=True)
class Samples:
    """images: uint8 [n, H, W, C]. names: what each is, for the report. drawn: they show nobody."""

    images: Images
    names: tuple[str, ...]
    drawn: bool


def drawn_samples(people: int, report: Callable[[int], None], crop: str = WIDE) -> Samples:
    """A crop, of this format, of each level of so many people. Raises CropsError: people is below 1."""
    if people < 1:
        raise CropsError(f"--faces {people}: at least one")
    crops, names = [], []
    for number in range(people):
        samples, _ = samples_of(seed_of("test", FIRST_PERSON + number), per_level=1, margin=margin_of(crop))
        crops += [sample.crop for sample in samples]
        names += [f"person {number + 1}, level {sample.units.level} of {LEVELS - 1}" for sample in samples]
        report(number + 1)
    if not crops:
        raise CropsError("no face was found in any drawn picture; draw more people")
    return Samples(np.stack(crops), tuple(names), drawn=True)


def own_samples(path: Path) -> Samples:
    """From .npy, uint8 [n, H, W, 1 or 3]. Raises CropsError."""
    try:
        images = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CropsError(f"--crops {path}: not a .npy array ({type(error).__name__})") from error
    if not isinstance(images, np.ndarray) or images.ndim != 4 or images.dtype != np.uint8 or not len(images):
        raise CropsError(f"--crops {path}: save uint8 [N, H, W, 3 or 1], at least one")
    return Samples(images, tuple(f"crop {index}" for index in range(len(images))), drawn=False)
