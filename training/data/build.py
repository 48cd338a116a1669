"""Crops for training, by the way a live picture takes: drawn, compressed, found, aligned, cropped.

python -m training.data.build --out runs/data --processes 2
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from faces.align import MARGIN, align_crop
from faces.detect import Detector
from faces.face import Face
from training.synth.face import FaceParams, Studio
from training.synth.front import Front
from training.synth.identity import Identity
from training.synth.lens import Lens, Picture, compress
from training.synth.light import Light
from training.synth.sampling import units_for
from training.synth.splits import seed_of
from training.synth.units import ActionUnits

LEVELS = 4
IDENTITIES = {"train": 1000, "validation": 100, "test": 100}
PER_LEVEL = 2
QUALITY = (45, 96)
FRONT = 0.18
"""How many pictures have something in front of the face (see front.py)."""
HOURS = {"day": 0.84, "night": 0.08, "infrared": 0.08}
"""How many people are seen by day, by a bedside lamp, and by a camera that sees in the dark."""


@dataclass(frozen=True)
class DrawnCrop:
    """One crop, uint8 [224, 224, 3], and what is true of it: who, one of HOURS, one of front.KINDS or nothing."""

    crop: Picture
    units: ActionUnits
    identity: int
    hour: str = "day"
    front: str = ""


def samples_of(
    identity_seed: int, per_level: int = PER_LEVEL, margin: float = MARGIN
) -> tuple[list[DrawnCrop], list[str]]:
    """Crops of one person, per_level of each level, in one room; and what was in front of each face not found.

    margin: about the face, as faces.align has it.
    """
    rng, bed = np.random.default_rng([identity_seed, 9]), np.random.default_rng([identity_seed, 21])
    identity, light, scene = Identity.from_seed(identity_seed), Light.random(rng), int(rng.integers(2**31))
    hour = str(bed.choice(list(HOURS), p=list(HOURS.values())))
    if hour != "day":
        light = Light.night_vision(bed) if hour == "infrared" else Light.night(bed)
    studio = Studio(identity, light, scene)
    kept: list[DrawnCrop] = []
    missed: list[str] = []
    for level in sorted(list(range(LEVELS)) * per_level):
        units = units_for(level, rng)
        params = FaceParams.random(identity, units, int(rng.integers(2**31)))
        kind, front = Front.random(bed) if bed.uniform() < FRONT else ("", Front())
        lens = params.lens if hour == "day" else Lens.night(bed)
        params = replace(params, light=light, scene=scene, lens=lens, front=front)
        picture = compress(studio.picture(params), int(rng.integers(*QUALITY)))
        face = detected(picture)
        if face is not None:
            kept.append(DrawnCrop(align_crop(picture, face, margin=margin), units, identity_seed, hour, kind))
        else:
            missed.append(kind)
    return kept, missed


def build(
    split: str, identities: int, processes: int, margin: float = MARGIN
) -> tuple[dict[str, NDArray[np.generic]], dict[str, float]]:
    """A split's arrays, and the part of its pictures that a face was found in, 0..1: with nothing in front of it
    ("bare") and with something ("covered")."""
    seeds = [seed_of(split, number) for number in range(identities)]
    kept: list[DrawnCrop] = []
    missed: list[str] = []
    with ProcessPoolExecutor(processes) as pool:
        for samples, without in track(_results(pool, seeds, margin), f"{split} crops", total=len(seeds)):
            kept += samples
            missed += without
    return arrays_of(kept, margin), found_in([sample.front for sample in kept], missed)


def arrays_of(kept: list[DrawnCrop], margin: float) -> dict[str, NDArray[np.generic]]:
    """What a split's file holds."""
    return {
        "images": np.stack([sample.crop for sample in kept]),
        "levels": np.array([sample.units.level for sample in kept], np.int64),
        "pspi": np.array([sample.units.pspi for sample in kept], np.int64),
        "units": np.array([list(vars(sample.units).values()) for sample in kept], np.float32),
        "identities": np.array([sample.identity for sample in kept], np.int64),
        "hours": np.array([sample.hour for sample in kept]),
        "fronts": np.array([sample.front for sample in kept]),
        "margin": np.array(margin),
    }


def found_in(kept: list[str], missed: list[str]) -> dict[str, float]:
    """The part of pictures that a face was found in, with nothing in front of it and with something."""
    rates = {}
    for name, covered in (("bare", False), ("covered", True)):
        seen, lost = (sum(bool(kind) == covered for kind in kinds) for kinds in (kept, missed))
        rates[name] = seen / max(1, seen + lost)
    return rates


def _results(pool: ProcessPoolExecutor, seeds: list[int], margin: float) -> Iterator[tuple[list[DrawnCrop], list[str]]]:
    return pool.map(partial(samples_of, margin=margin), seeds, chunksize=4)


def detected(picture: Picture) -> Face | None:
    """The largest face that the room's detector finds."""
    return next(iter(_detector().detect(picture)), None)


@cache
def _detector() -> Detector:
    """One in each worker process: loading three networks for each person would cost more than finding the faces."""
    return Detector()


def build_all(out: Path, identities: dict[str, int], processes: int, margin: float = MARGIN) -> None:
    """Write out/<split>.npz for each split that is not there yet. margin: about each face, as faces.align has it."""
    out.mkdir(parents=True, exist_ok=True)
    for split, count in identities.items():
        path = out / f"{split}.npz"
        if path.exists():
            continue
        arrays, found = build(split, count, processes, margin)
        write(path, arrays)
        said = f"in {found['bare']:.1%} of pictures, {found['covered']:.1%} where something is in front of it"
        print(f"{split}: {len(arrays['levels'])} crops of {count} people, face found {said}")


def write(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    """A split's file, whole or not at all."""
    partial = path.with_suffix(".partial.npz")
    save: Callable[..., None] = np.savez
    save(partial, **arrays)
    partial.rename(path)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/data"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--margin", type=float, default=MARGIN, help="about each face, a part of its square's side")
    parser.add_argument("--scale", type=float, default=1.0, help="of the usual number of people")
    args = parser.parse_args()
    people = {split: max(1, round(count * args.scale)) for split, count in IDENTITIES.items()}
    build_all(args.out, people, args.processes, args.margin)


if __name__ == "__main__":
    main()
