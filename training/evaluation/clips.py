"""Clips of what residents do, drawn once: the pieces that long days are strung together from (training/synth/day.py).

Pictures go the way of live ones, as in watch.py, of people whom no network was trained or measured on; by day, at
night and in infrared. A keyframe without a face has no row.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from faces.crop import WIDE
from training.evaluation.errors import CropsError
from training.evaluation.split import Stills
from training.evaluation.watch import CUT, FIRST_PERSON, kept_in, seen
from training.synth.day import ACTIVITIES, CLIP_S, STILL, clip_of
from training.synth.identity import Identity
from training.synth.lens import Picture
from training.synth.splits import TEST, seed_of
from training.synth.video import Take

AFTER_WATCHED = 1000
"""Of the test seeds, past the first watched person: nobody is in both."""
CLIPS = {activity: 1 if activity in STILL else 2 for activity in ACTIVITIES} | {"pain": 3}
"""How many are drawn of each person."""


@dataclass(frozen=True)
class Bank:
    """Clips of so many people, cut to a format of watch.CUT. Raises CropsError: out of range."""

    people: int = 12
    crop: str = WIDE

    def __post_init__(self) -> None:
        if not 1 <= self.people <= len(TEST) - FIRST_PERSON - AFTER_WATCHED:
            raise CropsError(f"clips of {self.people} people: at least one")

    def file(self, folder: Path) -> Path:
        """Where they are kept."""
        return folder / f"clips-{self.people}{CUT[self.crop]}.npz"

    def seeds(self) -> dict[str, int]:
        """Of each person's name."""
        return {f"resident {number}": _seed(number) for number in range(self.people)}


def clips_of(number: int, crop: str = WIDE) -> list[tuple[str, float, int, Picture]]:
    """(clip's name, seconds, true level, crop) of one person's keyframes with a face. A name is "activity number"."""
    take = Take.of(FIRST_PERSON + AFTER_WATCHED + number, CLIP_S, "test", routine=True)
    rng, kept = np.random.default_rng([take.seed, 32]), []
    for activity, count in CLIPS.items():
        for clip in range(count):
            shown = replace(take, script=replace(clip_of(activity, take.seed, clip), front=take.script.front))
            kept += [(f"{activity} {clip}", *row) for row in seen(shown, CLIP_S, rng, crop)]
    return kept


def draw(bank: Bank, processes: int, report: Callable[[int], None]) -> Stills:
    """All of them; report(people done) is called after each person."""
    rows = []
    with ProcessPoolExecutor(processes) as pool:
        for number, kept in enumerate(pool.map(clips_of, range(bank.people), [bank.crop] * bank.people)):
            rows += [(f"resident {number}", *row) for row in kept]
            report(number + 1)
    who, clips, times, levels, crops = zip(*rows, strict=True)
    return Stills(np.stack(crops), np.array(levels, np.int64), np.array(who), np.array(clips),
                  np.array(times, np.float64), bank.crop)  # fmt: skip


def load_or_draw(bank: Bank, folder: Path, processes: int, report: Callable[[int], None]) -> Stills:
    """From the file in folder, which is made where it is not there. Raises CropsError: another kind of file."""
    return kept_in(bank.file(folder), bank.crop, lambda: draw(bank, processes, report))


def people(bank: Bank) -> dict[str, Identity]:
    """Who is in a bank, by name."""
    return {name: Identity.from_seed(seed) for name, seed in bank.seeds().items()}


def _seed(number: int) -> int:
    return seed_of("test", FIRST_PERSON + AFTER_WATCHED + number)
