"""Crops of rendered faces for training, by the way a live picture takes: rendered, compressed, found, aligned, cropped.

python -m training.data.rendered --facekit DIR --out runs/rendered --margin 0
python -m training.data.rendered --facekit DIR --sheet sheet.png

--facekit is a checkout of ICT FaceKit, or its folder FaceXModel, that you hold. The files are those of
training.data.build: whatever takes drawn crops takes these. --with adds the crops of such a folder, so that a network
learns from both. --sheet writes a page of pictures to look at.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from faces.align import MARGIN, align_crop
from faces.detect import Detector
from faces.errors import AlignmentError
from faces.turns import TURNS, Habit
from training.data.build import HOURS, IDENTITIES, LEVELS, PER_LEVEL, QUALITY, DrawnCrop, arrays_of, write
from training.errors import OptionError, TrainingError
from training.rendered.face_model import FaceModel, load_face_model
from training.rendered.render import RenderParams, RenderStudio
from training.synth.identity import Identity
from training.synth.lens import Lens, Picture, compress
from training.synth.light import Light
from training.synth.sampling import units_for
from training.synth.splits import seed_of
from training.synth.units import ActionUnits

USAGE_ERROR = 2
SHEET = (6, 4)
SHEET_SIZE = (240, 320)


def samples_of(model: FaceModel, seed: int, per_level: int = PER_LEVEL, margin: float = MARGIN) -> list[DrawnCrop]:
    """Crops of one person, per_level of each level where the face is found, in one room. margin: as in faces.align."""
    levels = sorted(list(range(LEVELS)) * per_level)
    crops = (_crop(picture, units, seed, hour, margin) for picture, units, hour in pictures_of(model, seed, levels))
    return [crop for crop in crops if crop is not None]


def pictures_of(model: FaceModel, seed: int, levels: Sequence[int]) -> Iterator[tuple[Picture, ActionUnits, str]]:
    """One person's pictures of these levels, uint8 [480, 640, 3], with the action units and one of HOURS."""
    rng = np.random.default_rng([seed, 49])
    identity = Identity.from_seed(seed)
    hour = str(rng.choice(list(HOURS), p=list(HOURS.values())))
    lights = {"day": Light.random, "night": Light.night, "infrared": Light.night_vision}
    light, scene = lights[hour](rng), int(rng.integers(2**31))
    studio = RenderStudio(model, identity, light, scene)
    for level in levels:
        units = units_for(level, rng)
        params = RenderParams.random(identity, units, int(rng.integers(2**31)))
        lens = params.lens if hour == "day" else Lens.night(rng)
        picture = studio.picture(replace(params, light=light, scene=scene, lens=lens))
        yield compress(picture, int(rng.integers(*QUALITY))), units, hour


def _crop(picture: Picture, units: ActionUnits, seed: int, hour: str, margin: float) -> DrawnCrop | None:
    """As the room makes it, lying faces upright; None where no face is found that can be judged."""
    try:
        best = _detector().look(picture, Habit(), TURNS).best
        return None if best is None else DrawnCrop(align_crop(picture, best, margin=margin), units, seed, hour)
    except AlignmentError:
        return None


@cache
def _detector() -> Detector:
    return Detector()


@cache
def _model(folder: Path) -> FaceModel:
    """One in each process."""
    return load_face_model(folder)


def _of_folder(seed: int, folder: Path, per_level: int, margin: float) -> list[DrawnCrop]:
    return samples_of(_model(folder), seed, per_level, margin)


def _results(work: Callable[[int], list[DrawnCrop]], seeds: list[int], processes: int) -> Iterator[list[DrawnCrop]]:
    """Each person's crops, in order; one process is this one."""
    if processes <= 1:
        yield from map(work, seeds)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(work, seeds)


def build_all(folder: Path, out: Path, people: dict[str, int], processes: int, margin: float = MARGIN) -> None:
    """Write out/<split>.npz for each split that is not there yet.

    Raises:
        FaceModelError, OSError. OptionError: no face was found.
    """
    _model(folder)
    out.mkdir(parents=True, exist_ok=True)
    for split, count in people.items():
        path = out / f"{split}.npz"
        if path.exists():
            continue
        kept: list[DrawnCrop] = []
        work = partial(_of_folder, folder=folder, per_level=PER_LEVEL, margin=margin)
        seeds = [seed_of(split, number) for number in range(count)]
        for crops in track(_results(work, seeds, processes), f"{split}, rendered", total=count):
            kept += crops
        if not kept:
            raise OptionError(f"{folder}: no face was found in the pictures of {count} people")
        write(path, arrays_of(kept, margin))
        tried = count * LEVELS * PER_LEVEL
        print(f"{split}: {len(kept)} crops of {count} people, face found in {len(kept) / tried:.1%} of pictures")


def add(drawn: Path, out: Path) -> None:
    """Add the crops of a folder of drawn ones to those in out. Raises OptionError: of another format, or not there."""
    for path in sorted(out.glob("*.npz")):
        other = drawn / path.name
        if not other.is_file():
            raise OptionError(f"{other}: no such file; --with takes what training.data.build wrote")
        with np.load(path) as ours, np.load(other) as theirs:
            if float(ours["margin"]) != float(theirs["margin"]):
                raise OptionError(f"{other}: its crops have another margin")
            both: dict[str, NDArray[np.generic]] = {
                name: ours[name] if name == "margin" else np.concatenate([ours[name], theirs[name]]) for name in ours
            }
        write(path, both)


def sheet(model: FaceModel, first: int, shape: tuple[int, int] = SHEET) -> Picture:
    """Pictures of people side by side: uint8 [rows * 240, columns * 320, 3]. first: the first one's seed."""
    columns, rows = shape
    tiles = []
    for number in range(columns * rows):
        picture = next(pictures_of(model, first + number, [number % LEVELS]))[0]
        tiles.append(cv2.resize(picture, SHEET_SIZE[::-1], interpolation=cv2.INTER_AREA))
    return np.asarray(
        np.vstack([np.hstack(tiles[row * columns : (row + 1) * columns]) for row in range(rows)]), np.uint8
    )


def main(words: list[str] | None = None) -> int:
    """Read the command line and build: 0, or 2 after a message that says what to do."""
    parser = argparse.ArgumentParser(prog="python -m training.data.rendered", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--facekit", type=Path, required=True, metavar="DIR", help="the face model that you hold")
    parser.add_argument("--out", type=Path, default=Path("runs/rendered"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--margin", type=float, default=MARGIN, help="about each face, a part of its square's side")
    parser.add_argument("--scale", type=float, default=1.0, help="of the usual number of people")
    parser.add_argument("--with", type=Path, dest="drawn", metavar="DIR", help="drawn crops to add")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write a page of pictures to look at, and end")
    args = parser.parse_args(words)
    try:
        if args.sheet is not None:
            page = sheet(load_face_model(args.facekit), seed_of("demo", 0))
            cv2.imwrite(str(args.sheet), page[..., ::-1])
            return 0
        people = {split: max(1, round(count * args.scale)) for split, count in IDENTITIES.items()}
        build_all(args.facekit, args.out, people, args.processes, args.margin)
        if args.drawn is not None:
            add(args.drawn, args.out)
    except (TrainingError, OSError) as error:
        print(f"rendered: {error}", file=sys.stderr)
        return USAGE_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
