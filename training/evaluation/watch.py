"""Hours at the bedside, drawn: a keyframe every 5 s of people whom no network was trained on, as a room would crop it.

Pictures go the way of live ones: drawn, compressed, found, and cut once, with the margin that the network's plan
wants. Where no face is found there is no level, as in a room. Two things differ from a room: nothing drops keyframes
that look like the one before, and the script (training/synth/script.py) hurts twice in five minutes, more often than
anybody should.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from faces.crop import CLOSE, WIDE, cut
from faces.detect import Detector
from training.evaluation.errors import CropsError
from training.evaluation.split import Stills
from training.synth.face import Studio
from training.synth.lens import Picture, compress
from training.synth.splits import TEST
from training.synth.video import Take

PERIOD_S = 5.0
FIRST_PERSON = 20_000
"""Of the test seeds: far from those of the test set's people."""
QUALITY = (60, 96)
KEPT = ("images", "levels", "subjects", "sequences", "times_s")
"""Of the keyframes, in their file."""
CUT = {WIDE: "", CLOSE: "-close"}
"""The formats that keyframes are cut to, and what their file's name has of each."""
CLIP_S = 30.0
"""Of the pieces that count as sequences: about one painful episode."""


@dataclass(frozen=True)
class Watch:
    """people watched for minutes each, cut to a format of CUT. Raises CropsError: out of range."""

    people: int = 24
    minutes: float = 5.0
    crop: str = WIDE

    def __post_init__(self) -> None:
        if not 1 <= self.people <= len(TEST) - FIRST_PERSON or not 0.5 <= self.minutes <= 240:
            raise CropsError(
                f"{self.people} people for {self.minutes} minutes: at least one person, 0.5 to 240 minutes"
            )

    @property
    def note(self) -> str:
        """For the report."""
        return (
            f"{self.people} drawn people, {self.minutes:g} min each, a keyframe every {PERIOD_S:g} s; they talk, "
            "smile, yawn, blink, show traces of pain, and hurt for about half a minute every two or three minutes"
        )

    def file(self, folder: Path) -> Path:
        """Where it is kept."""
        return folder / f"watch-{self.people}x{self.minutes:g}{CUT[self.crop]}.npz"


def keyframes_of(number: int, minutes: float, crop: str = WIDE) -> list[tuple[float, int, Picture]]:
    """(seconds, true level, crop) of one person's keyframes with a face."""
    take = Take.of(FIRST_PERSON + number, 60 * minutes, "test")
    return seen(take, 60 * minutes, np.random.default_rng([take.seed, 14]), crop)


def seen(take: Take, seconds: float, rng: np.random.Generator, crop: str) -> list[tuple[float, int, Picture]]:
    """The same of any take, from its beginning. rng: of the pictures' compression."""
    studio, kept = Studio(take.identity, take.light, take.scene), []
    for t in np.arange(0, seconds, PERIOD_S).tolist():
        picture = compress(studio.picture(take.params_at(t)), int(rng.integers(*QUALITY)))
        faces = _detector().detect(picture)
        if faces:
            kept.append((t, take.script.truth_at(t).level, cut(picture, faces[0], crop)))
    return kept


def draw(watch: Watch, processes: int, report: Callable[[int], None]) -> Stills:
    """All of them; report(people done) is called after each person."""
    rows = []
    with ProcessPoolExecutor(processes) as pool:
        each = [[one] * watch.people for one in (watch.minutes, watch.crop)]
        drawn = pool.map(keyframes_of, range(watch.people), *each)
        for number, kept in enumerate(drawn):
            rows += [(f"watched {number}", t, level, crop) for t, level, crop in kept]
            report(number + 1)
    names, times, levels, crops = zip(*rows, strict=True)
    who = np.array(names)
    return Stills(np.stack(crops), np.array(levels, np.int64), who, who, np.array(times, np.float64), watch.crop)


def load_or_draw(watch: Watch, folder: Path, processes: int, report: Callable[[int], None]) -> Stills:
    """From the file in folder, which is made where it is not there. Raises CropsError: another kind of file."""
    return kept_in(watch.file(folder), watch.crop, lambda: draw(watch, processes, report))


def cut_for(crop: str) -> str:
    """The format of CUT that a network of format `crop` is shown: grey ones are made of wide ones."""
    return crop if crop in CUT else WIDE


def kept_in(path: Path, crop: str, make: Callable[[], Stills]) -> Stills:
    """Keyframes of a format, of a file that is made where it is not there. Raises CropsError: another kind of file."""
    if not path.is_file():
        stills = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **{name: getattr(stills, name) for name in KEPT})
        partial.replace(path)
        return stills
    try:
        with np.load(path) as arrays:
            images, levels, who, sequences, times = (arrays[name] for name in KEPT)
            return Stills(images, levels, who, sequences, times, crop)
    except (KeyError, OSError, ValueError, EOFError) as error:
        raise CropsError(f"{path}: not keyframes of an evaluation; remove it ({type(error).__name__})") from error


@cache
def _detector() -> Detector:
    """One in each process."""
    return Detector()
