"""One action unit at a time: what is drawn, what counts as passing, and that the shipped network passes."""

from pathlib import Path

import numpy as np
import pytest

from faces.detect import Detector
from training.evaluation.networks import load_bundle
from training.evaluation.predictions import Scores
from training.explain.units import UNITS, draw_person, passed, poses, responses, units_at

BUNDLE = Path(__file__).parents[3] / "models" / "squeezenet-synthetic"


def test_every_unit_is_drawn_alone_and_only_pain_units_raise_the_score() -> None:
    drawn = poses()
    assert len(drawn) == 1 + sum(len(unit.strengths) for unit in UNITS)
    assert drawn[0].pspi == 0
    for unit in UNITS:
        for strength in unit.strengths:
            moved = units_at(unit, strength)
            assert (moved.pspi > 0) == unit.pain
            assert sum(value != 0 for value in vars(moved).values()) == 1
    assert {unit.name for unit in UNITS if unit.pain} == {"au4", "au6", "au7", "au9", "au10", "au43"}


def test_passing_is_half_of_the_true_rise_or_next_to_nothing() -> None:
    assert passed([0.1, 1.0, 1.5], [1, 3, 3]) is True
    assert passed([0.9, 1.4, 1.4], [1, 3, 3]) is False
    assert passed([0.5], [1]) is True
    assert passed([0.1, -0.25], [0, 0]) is True
    assert passed([0.3, 0.0], [0, 0]) is False
    assert passed([None, 2.0], [1, 3]) is None


class Brightness:
    """Answers by how bright a crop is: a network that no muscle moves much."""

    name, shape, crop = "brightness", (3, 224, 224), "224x224x3"

    def score(self, images: np.ndarray, report: object) -> Scores:
        level = images.mean(axis=(1, 2, 3)) / 255
        scores = np.stack([np.zeros(len(level)), level, np.zeros(len(level)), np.zeros(len(level))], axis=1)
        return Scores(scores, scores.argmax(axis=1))


def test_a_network_that_does_not_look_at_muscles_fails_every_pain_unit() -> None:
    done: list[int] = []
    found = responses(Brightness(), 1, done.append)
    assert done == [1]
    assert {unit["passed"] for unit in found["units"] if unit["pain"]} <= {False, None}
    assert found["units"][0]["steps"][0]["interval"] is None  # one person has none


def test_the_shipped_network_follows_pain_and_not_smiles() -> None:
    bundle, detector = load_bundle(BUNDLE), Detector()
    drawn = draw_person(3, detector)
    assert len(drawn.crops) + drawn.missed == len(poses())
    names = ["calm", *(f"{unit.name}{strength:g}" for unit in UNITS for strength in unit.strengths)]
    answers = dict(zip([names[index] for index in drawn.pose], bundle.score(drawn.crops).estimated, strict=True))
    strong = [answers[name] for name in ("au45", "au65", "au75", "au95", "au105") if name in answers]
    mild = [answers[name] for name in ("calm", "au125", "jaw1", "stretch0.8") if name in answers]
    assert len(strong) >= 4 and min(strong) >= 1 and np.mean(strong) >= 2
    assert len(mild) >= 3 and max(mild) == 0


def test_there_are_only_so_many_people() -> None:
    with pytest.raises(IndexError):
        draw_person(10**6, Detector())
