"""One action unit at a time on drawn faces: which move the answer, and which must not.

The PSPI (Prkachin and Solomon 2008) is a sum of AU4, AU6 or 7, AU9 or 10, and AU43: each alone must raise the level. A
smile (AU12), an open or talking mouth, lips pulled or pursed and half a blink are no part of it: they must not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faces.align import align_crop
from faces.crop import WIDE, margin_of
from faces.detect import Detector
from training.evaluation.bootstrap import percentiles
from training.evaluation.networks import Scorer
from training.evaluation.predictions import Predictions
from training.synth.face import FaceParams, Studio
from training.synth.identity import Identity
from training.synth.lens import compress
from training.synth.splits import seed_of
from training.synth.units import ActionUnits, Movement

FIRST_PERSON = 22_000
"""Of the test seeds: nobody that anything else is measured on."""
QUALITY = 85
DRAWS = 1000
MUST_MOVE = 0.5
"""The part of the true rise that a pain unit at its strongest must bring the mean expected level at least."""
MUST_STAY = 0.25
"""Levels by which anything else may move it at most, at any strength."""


@dataclass(frozen=True)
class Unit:
    """An action unit: its field of ActionUnits, what it is, whether it is pain, and the strengths that are drawn."""

    name: str
    words: str
    pain: bool
    strengths: tuple[float, ...]


UNITS = (
    Unit("au4", "AU4, brows lowered", True, (1, 3, 5)),
    Unit("au6", "AU6, cheeks raised", True, (1, 3, 5)),
    Unit("au7", "AU7, lids tightened", True, (1, 3, 5)),
    Unit("au9", "AU9, nose wrinkled", True, (1, 3, 5)),
    Unit("au10", "AU10, upper lip raised", True, (1, 3, 5)),
    Unit("au43", "AU43, eyes closed", True, (1,)),
    Unit("au12", "AU12, a smile", False, (1, 3, 5)),
    Unit("jaw", "mouth open, talking to yawning", False, (0.25, 0.5, 1.0)),
    Unit("stretch", "lips pursed to pulled", False, (-0.8, -0.4, 0.4, 0.8)),
    Unit("blink", "a blink on its way", False, (0.2, 0.4)),
)


def units_at(unit: Unit, strength: float) -> ActionUnits:
    """A face that does this and nothing else."""
    whole = unit.name in ("au4", "au6", "au7", "au9", "au10", "au43")
    amount: dict[str, Any] = {unit.name: int(strength) if whole else float(strength)}
    return replace(ActionUnits(), **amount)


@dataclass(frozen=True)
class DrawnPerson:
    """Crops uint8 [n, 224, 224, 3] of one person; which of poses() each is; how many had no face that was found."""

    crops: NDArray[np.uint8]
    pose: NDArray[np.int64]
    missed: int


def poses(units: Sequence[Unit] = UNITS) -> list[ActionUnits]:
    """The calm face, then each unit at each strength."""
    return [ActionUnits()] + [units_at(unit, strength) for unit in units for strength in unit.strengths]


def draw_person(number: int, detector: Detector, crop: str = WIDE) -> DrawnPerson:
    """One person in one room, doing each of poses() by itself; found and cropped as a room does."""
    identity = Identity.from_seed(seed_of("test", FIRST_PERSON + number))
    params = FaceParams.random(identity, ActionUnits(), identity.seed)
    studio = Studio(identity, params.light, params.scene)
    crops, kept = [], []
    for index, units in enumerate(poses()):
        picture = compress(studio.picture(replace(params, movement=Movement.of(units))), QUALITY)
        faces = detector.detect(picture)
        if faces:
            crops.append(align_crop(picture, faces[0], margin=margin_of(crop)))
            kept.append(index)
    stacked = np.stack(crops) if crops else np.zeros((0, 224, 224, 3), np.uint8)
    return DrawnPerson(stacked, np.array(kept, np.int64), len(poses()) - len(kept))


def responses(scorer: Scorer, people: int, report: Callable[[int], None]) -> dict[str, Any]:
    """JSON values: for each unit at each strength how the answer differs from the same person's calm face."""
    detector = Detector()
    expected = np.full((people, len(poses())), np.nan)
    called = np.full((people, len(poses())), np.nan)
    missed = 0
    for number in range(people):
        drawn = draw_person(number, detector, scorer.crop)
        missed += drawn.missed
        if len(drawn.crops):
            answers = scorer.score(drawn.crops, lambda done: None)
            names = np.full(len(drawn.crops), str(number))
            found = Predictions(np.zeros(len(names), np.int64), answers.estimated, answers.scores, names)
            expected[number, drawn.pose], called[number, drawn.pose] = found.expected, found.estimated
        report(number + 1)
    rows, column = [], 1
    for unit in UNITS:
        levels = [units_at(unit, strength).level for strength in unit.strengths]
        steps = [
            _step(strength, level, expected, called, column + offset)
            for offset, (strength, level) in enumerate(zip(unit.strengths, levels, strict=True))
        ]
        column += len(steps)
        rows.append({"name": unit.name, "words": unit.words, "pain": unit.pain, "steps": steps,
                     "passed": passed([step["change"] for step in steps], levels)})  # fmt: skip
    calm = {"expected": _mean(expected[:, 0]), "called_pain": _mean((called[:, 0] >= 1)[~np.isnan(called[:, 0])])}
    return {"people": people, "missed": missed, "calm": calm, "units": rows,
            "must_move": MUST_MOVE, "must_stay": MUST_STAY}  # fmt: skip


def passed(changes: Sequence[float | None], true_levels: Sequence[int]) -> bool | None:
    """Whether a unit does what it must: its mean changes, and its true levels, by strength.

    None where one of its strengths was not measured.
    """
    known = [change for change in changes if change is not None]
    if len(known) < len(true_levels):
        return None
    if true_levels[-1] > 0:
        return known[-1] >= MUST_MOVE * true_levels[-1]
    return max(abs(change) for change in known) <= MUST_STAY


def _step(
    strength: float, level: int, expected: NDArray[np.float64], called: NDArray[np.float64], column: int
) -> dict[str, Any]:
    change = expected[:, column] - expected[:, 0]
    change = change[~np.isnan(change)]
    answers = called[:, column][~np.isnan(called[:, column])]
    around = None
    if len(change) > 1:
        rng = np.random.default_rng(1)
        around = percentiles([float(rng.choice(change, len(change)).mean()) for _ in range(DRAWS)])
    return {
        "strength": strength,
        "true_level": level,
        "people": len(change),
        "change": _mean(change),
        "interval": around.pair() if around else None,
        "mean_level": _mean(answers),
        "called_pain": _mean(answers >= 1),
    }


def _mean(values: NDArray[Any]) -> float | None:
    return float(np.mean(values)) if len(values) else None
