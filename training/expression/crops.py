"""Crops as the network wants them: drawn ones whose levels are known, and those of the package's own photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faces.crop import CUTS, cut
from faces.detect import Detector
from training.data.build import IDENTITIES, build_all
from training.data.inputs import Images
from training.data.pictures import Parts, load_parts
from training.expression.package import read_samples
from training.expression.start import CROP


def drawn_parts(folder: Path, scale: float, processes: int) -> Parts:
    """Drawn in the folder if not there: `scale` times the usual number of people. Raises OptionError."""
    people = {split: max(1, round(count * scale)) for split, count in IDENTITIES.items()}
    build_all(folder, people, processes, CUTS[CROP].margin)
    return load_parts(folder, CROP)


def photographed(package: Path) -> Images:
    """Every face that the room's detector finds in the package's photographs: uint8 [n, 224, 224, 3]; n may be 0."""
    detector = Detector()
    crops = [cut(picture, face, CROP) for picture in read_samples(package) for face in detector.detect(picture)]
    return np.stack(crops) if crops else np.zeros((0, 224, 224, 3), np.uint8)
