"""Crops as the network wants them: drawn ones whose levels are known, and those of the package's own photographs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from faces.crop import CUTS, cut
from faces.detect import Detector
from faces.image import Picture
from training.data.build import IDENTITIES, build_all
from training.data.dataset import Crops
from training.data.days import build_days
from training.data.inputs import Images
from training.data.pictures import DrawnPictures, Parts, Pictures, load_parts
from training.errors import OptionError
from training.expression.package import read_samples
from training.expression.start import CROP


def drawn_parts(folder: Path, scale: float, processes: int, day_people: int = 0) -> Parts:
    """Drawn in the folder if not there: `scale` times the usual number of people. Raises OptionError.

    day_people: so many further people's drawn days are learnt from as well.
    """
    people = {split: max(1, round(count * scale)) for split, count in IDENTITIES.items()}
    build_all(folder, people, processes, CUTS[CROP].margin)
    parts = load_parts(folder, CROP)
    if not day_people:
        return parts
    path = folder / f"days-{day_people}.npz"
    build_days(path, day_people, processes, CUTS[CROP].margin)
    return replace(parts, train=with_days(parts.train, Crops.load(path)))


def with_days(pictures: Pictures, days: Crops) -> DrawnPictures:
    """Drawn pictures, and after them those of days, cut alike. Raises OptionError: they are no drawn ones."""
    if not isinstance(pictures, DrawnPictures) or pictures.have != pictures.want:
        raise OptionError("drawn days go with drawn crops that are cut as the network wants them")
    both = {name: np.concatenate([value, getattr(days, name)]) for name, value in vars(pictures.crops).items()}
    return replace(pictures, crops=Crops(**both))


def photographed(package: Path) -> Images:
    """Every face that the room's detector finds in the package's photographs: uint8 [n, 224, 224, 3]; n may be 0."""
    return faces_in(read_samples(package))


def faces_in(pictures: Iterable[Picture]) -> Images:
    """Every face that the detector finds in pictures, uint8 [H, W, 3] RGB: uint8 [n, 224, 224, 3]; n may be 0."""
    detector = Detector()
    crops = [cut(picture, face, CROP) for picture in pictures for face in detector.detect(picture)]
    return np.stack(crops) if crops else np.zeros((0, 224, 224, 3), np.uint8)
