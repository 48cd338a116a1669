"""A folder of "photographs" without labels, of drawn people: what `train prepare --photographs` takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.datasets.imitation.subject import drawn_subject, encoded
from training.synth.sampling import units_for

SIZE = (320, 320)
FIRST = 500
CALM = 0.75
"""How many of the pictures show no pain."""


def write_photographs(root: Path, people: int = 3, each: int = 4, seed: int = 1) -> None:
    """root/<person>/<number>.jpg; the same seed gives the same people and faces."""
    for number in range(people):
        folder, rng = root / f"person {number}", np.random.default_rng([seed, number])
        folder.mkdir(parents=True, exist_ok=True)
        subject = drawn_subject(FIRST + number, SIZE, 180.0)
        for shot in range(each):
            units = units_for(0 if rng.uniform() < CALM else int(rng.integers(1, 4)), rng)
            (folder / f"{shot:03d}.jpg").write_bytes(encoded(subject.picture(units, shot), ".jpg"))
