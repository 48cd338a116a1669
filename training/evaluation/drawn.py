"""The drawn test set as a Split: its people's seeds say how old they are, of what skin and sex, who wears glasses."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.data.dataset import Crops
from training.data.recut import format_of
from training.evaluation.errors import CropsError
from training.evaluation.split import BY_FRAME, BY_SUBJECT, NOT_SHOWN, Names, Split, Stills
from training.synth.identity import Colour, Identity

Key = TypeVar("Key", bound=Hashable)
LICENCE = "drawn by this project, Apache-2.0"
SKINS = ((41.0, "light"), (10.0, "intermediate"), (-math.inf, "dark"))
"""Least typology angle, degrees, and the group: Chardon's classes, two by two and three together at the dark end."""
AGES = ((1 / 3, "younger"), (2 / 3, "middle"), (math.inf, "older"))
"""Age below which, 0..1, and the group."""


def load_drawn(path: Path, training: Path | None = None) -> Split:
    """The crops that training.data.build wrote to path.

    Args:
        training: the crops that the network was trained on, to show that nobody is in both.

    Raises:
        CropsError: either file is missing or another kind of file.
    """
    crops = _load(path)
    people = {int(seed): Identity.from_seed(int(seed)) for seed in np.unique(crops.identities)}
    groups: dict[str, Names] = {}
    for kind, of in groups_of(people).items():
        groups[kind] = np.array([of[int(seed)] for seed in crops.identities])
    groups |= _circumstances(path, len(crops))
    names = crops.identities.astype(str)
    stills = Stills(crops.images, crops.levels, names, np.full(len(crops), ""), np.zeros(len(crops)), format_of(path))
    return Split(
        name=f"drawn faces, {path.name}: {len(crops)} crops of {len(people)} people",
        stills=stills,
        drawn=True,
        split_by=_split_by(crops.identities, training),
        groups=groups,
        licence=LICENCE,
    )


def groups_of(people: Mapping[Key, Identity]) -> dict[str, dict[Key, str]]:
    """Kind of group -> person -> group."""
    kinds: dict[str, Callable[[Identity], str]] = {
        "skin tone": lambda who: skin_group(who.skin),
        "sex": lambda who: who.sex,
        "age": lambda who: next(name for top, name in AGES if who.age < top),
        "glasses": lambda who: "with glasses" if who.glasses else "without glasses",
    }
    return {kind: {name: group(who) for name, who in people.items()} for kind, group in kinds.items()}


def _circumstances(path: Path, count: int) -> dict[str, Names]:
    """Groups by light and by what is in front of the face, where the file says."""
    with np.load(path) as arrays:
        found = {name: arrays[name] for name in ("hours", "fronts") if name in arrays and len(arrays[name]) == count}
    if len(found) < 2:
        return {}
    covered = np.where(found["fronts"] == "", "nothing", "mask, hand or linen")
    return {"light": found["hours"].astype(str), "in front of the face": covered}


def skin_group(skin: Colour) -> str:
    """The group of a linear RGB skin colour, each part 0..1."""
    angle = typology_angle(skin)
    return next(name for least, name in SKINS if angle > least)


def typology_angle(skin: Colour) -> float:
    """The individual typology angle in degrees: atan2(L* - 50, b*) of the skin in CIELAB (D65).

    Source: A. Chardon, I. Cretois, C. Hourseau, "Skin colour typology and suntanning pathways", International Journal
    of Cosmetic Science 13(4), 1991.
    """
    red, green, blue = skin
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    return math.degrees(math.atan2(116 * _lab(y) - 16 - 50, 200 * (_lab(y) - _lab(z))))


def _lab(t: float) -> float:
    return math.cbrt(t) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29


def _load(path: Path) -> Crops:
    if not path.is_file():
        raise CropsError(f"{path}: no such file; `./run train default` draws it, or `python -m training.data.build`")
    try:
        return Crops.load(path)
    except (KeyError, OSError, ValueError, EOFError) as error:
        raise CropsError(f"{path}: not crops that training.data.build wrote ({type(error).__name__})") from error


def _split_by(identities: NDArray[np.int64], training: Path | None) -> str:
    if training is None or not training.is_file():
        return NOT_SHOWN
    try:
        with np.load(training) as arrays:
            trained = arrays["identities"]
    except (KeyError, OSError, ValueError, EOFError) as error:
        raise CropsError(f"{training}: not crops that training.data.build wrote ({type(error).__name__})") from error
    return BY_FRAME if len(np.intersect1d(identities, trained)) else BY_SUBJECT
