"""Crops out of drawn days, for training: what a face does there besides strong pain, and above all sleep.

Stills (build.py) have any action units alike, so that few of them sleep and none chews; a ward is called by faces that
sleep, chew, talk and are touched all day.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.progress import track

from faces.align import MARGIN, align_crop
from training.data.build import IDENTITIES, DrawnCrop, arrays_of, detected, write
from training.synth.day import CLIP_S, clip_of
from training.synth.face import Studio
from training.synth.lens import compress
from training.synth.script import Script
from training.synth.units import STRENGTH, ActionUnits
from training.synth.video import Take

PICTURES = {"sleep": (2, 2), "unrest": (1, 2), "calm": (1, 1), "talk": (1, 1), "meal": (1, 1), "care": (1, 1)}
"""Clips of each activity, and pictures of each clip."""
QUALITY = (60, 96)


def day_samples(number: int, margin: float = MARGIN) -> list[DrawnCrop]:
    """Of the number-th person of the training seeds, in one light: at most ten crops, fewer where no face is found."""
    take = Take.of(number, CLIP_S, "train", routine=True)
    rng = np.random.default_rng([take.seed, 41])
    studio, kept = Studio(take.identity, take.light, take.scene), []
    for activity, (clips, pictures) in PICTURES.items():
        for clip in range(clips):
            script = replace(clip_of(activity, take.seed, clip), front=take.script.front)
            shown = replace(take, script=script)
            for t in rng.uniform(0, CLIP_S, pictures).tolist():
                picture = compress(studio.picture(shown.params_at(t)), int(rng.integers(*QUALITY)))
                face = detected(picture)
                if face is not None:
                    crop = align_crop(picture, face, margin=margin)
                    kept.append(DrawnCrop(crop, units_at(script, t), take.seed))
    return kept


def units_at(script: Script, t: float) -> ActionUnits:
    """What is true at t, with what counts nothing and is seen: the smile, the jaw, a blink, stretched lips."""
    seen = script.movement_at(t)
    smile = float(np.interp(seen.au12, STRENGTH, range(len(STRENGTH))))
    return replace(script.truth_at(t), au12=smile, jaw=seen.jaw, blink=seen.blink, stretch=seen.stretch)


def build_days(path: Path, people: int, processes: int, margin: float = MARGIN) -> None:
    """A file as of build.py, if it is not there: of people after those whom stills are drawn of."""
    if path.exists():
        return
    first = IDENTITIES["train"]
    numbers = range(first, first + people)
    with ProcessPoolExecutor(processes) as pool:
        drawn = pool.map(partial(day_samples, margin=margin), numbers)
        kept = [one for rows in track(drawn, "days", total=people) for one in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, arrays_of(kept, margin))
