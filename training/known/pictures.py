"""Pictures of known level for one installation: drawn faces under seeds that nobody else has, and what they give.

They come as a live picture does (drawn, compressed, found, aligned, cut), of people whose seeds are the system's
randomness, so that who knows this code and all that it ever drew cannot guess them. A face is taken where `settled`
runs of the plan's integers all give the level that they give undrawn; equally many of each level, so that an edge that
always says the same is wrong as often as any. How often rounding makes secure inference answer otherwise is counted
afterwards, in runs that chose nothing.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from faces.crop import CUTS, grey48, margin_of
from snni.errors import BundleError
from snni.model.bundle import Bundle
from snni.model.known_pictures import KnownPictures
from training.data.build import samples_of
from training.errors import TrainingError
from training.known.draws import Drawn

Image = NDArray[np.uint8]
WAVE = 8


class KnownError(TrainingError):
    """No pictures of known level can be made so."""


@dataclass(frozen=True)
class Wanted:
    """per_level: pictures of each level. settled: runs that must agree for a face to be taken. runs: counted
    afterwards, of each picture. most: people drawn at most. All from 1 on; KnownError otherwise."""

    per_level: int = 16
    settled: int = 8
    runs: int = 100
    most: int = 2000

    def __post_init__(self) -> None:
        if min(self.per_level, self.settled, self.runs, self.most) < 1:
            raise KnownError("pictures of each level, runs of each and people drawn are 1 or more")


def known_pictures(folder: Path, wanted: Wanted, processes: int) -> KnownPictures:
    """Draw, choose and count. Raises KnownError: no such bundle, or some level of it is hardly ever settled."""
    if processes < 1:
        raise KnownError(f"{processes} processes draw nothing: 1 or more")
    plan = loaded(folder).plan
    if plan.crop_format not in CUTS:
        raise KnownError(f"{folder}: no faces are drawn as {plan.crop_format}, only as {', '.join(CUTS)}")
    with ProcessPoolExecutor(processes) as pool:
        chosen = _chosen(pool, folder, plan.levels, wanted)
        pictures = [picture for level in sorted(chosen) for picture in chosen[level]]
        levels = [level for level in sorted(chosen) for _ in chosen[level]]
        work = pool.map(partial(wrong_of, folder, wanted.runs), pictures, levels)
        wrong = sum(track(work, "runs of the chosen", total=len(pictures)))
    order = np.random.default_rng(secrets.randbits(128)).permutation(len(levels))
    return KnownPictures(
        plan.plan_hash,
        np.stack(pictures)[order],
        np.array(levels, np.uint8)[order],
        wanted.runs * len(levels),
        wrong,
    )


def _chosen(pool: ProcessPoolExecutor, folder: Path, levels: int, wanted: Wanted) -> dict[int, list[Image]]:
    chosen: dict[int, list[Image]] = {level: [] for level in range(levels)}
    for _ in range(0, wanted.most, WAVE):
        seeds = [secrets.randbits(128) for _ in range(WAVE)]
        work = pool.map(partial(settled_of, folder, wanted.settled), seeds)
        for found in track(work, "people drawn", total=WAVE):
            for level, picture in found:
                if len(chosen[level]) < wanted.per_level:
                    chosen[level].append(picture)
        if all(len(pictures) == wanted.per_level for pictures in chosen.values()):
            return chosen
    short = {level: len(pictures) for level, pictures in chosen.items() if len(pictures) < wanted.per_level}
    raise KnownError(f"{wanted.most} people drawn give too few pictures of some levels: {short}")


def settled_of(folder: Path, runs: int, seed: int) -> list[tuple[int, Image]]:
    """(level, picture) of one drawn person's crops whose level does not depend on how secure inference rounds."""
    network, rng = _network(folder), np.random.default_rng()
    wanted = network.plan.crop_format
    found = []
    for sample in samples_of(seed, 1, margin_of(wanted))[0]:
        crop = grey48(sample.crop)[:, :, None] if CUTS[wanted].grey else sample.crop
        picture = np.ascontiguousarray(crop.transpose(2, 0, 1))
        level = network.level(picture)
        if all(network.level(picture, rng) == level for _ in range(runs)):
            found.append((level, picture))
    return found


def wrong_of(folder: Path, runs: int, picture: Image, level: int) -> int:
    """How many of so many drawn runs give another level."""
    network, rng = _network(folder), np.random.default_rng()
    return sum(network.level(picture, rng) != level for _ in range(runs))


def loaded(folder: Path) -> Bundle:
    """Raises KnownError."""
    try:
        return Bundle.load(folder)
    except (BundleError, OSError) as error:
        raise KnownError(f"{folder}: {error}") from error


@cache
def _network(folder: Path) -> Drawn:
    """One in each worker process."""
    return Drawn(loaded(folder))
