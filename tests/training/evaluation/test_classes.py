"""Classes without an order: measured and told without a word of more or less."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.classes import measure_classes, measure_videos
from training.evaluation.errors import CropsError
from training.evaluation.measure import Precision
from training.evaluation.predictions import Predictions, Scores
from training.evaluation.report_classes import class_page
from training.evaluation.split import BY_SUBJECT, Split, Stills

NAMES = ("angry", "happy", "calm <b>")
TRUE = np.array([0, 0, 1, 1, 2, 2])
SAID = np.array([0, 0, 1, 0, 0, 2])


def split_of(true: np.ndarray = TRUE) -> Split:
    """Six crops of three people, a video of two each."""
    videos = np.repeat(["a1", "b1", "c1"], 2)
    stills = Stills(np.zeros((6, 8, 8, 3), np.uint8), true, np.repeat(["a", "b", "c"], 2), videos, np.arange(6.0))
    return Split("set", stills, False, BY_SUBJECT, NAMES, {"age": np.repeat(["old", "young", "old"], 2)}, ("sex",),
                 "ravdess", stills, "the set's own recordings", ordered=False)  # fmt: skip


def answers(output: str = "softmax") -> Scores:
    """Scores whose largest is at SAID."""
    return Scores(np.eye(3)[SAID] * 2 - 0.5, SAID, output=output)


def test_known_answers() -> None:
    found = measure_classes(split_of(), answers(), Precision(20, 1))
    assert found["headlines"]["accuracy"] == {"value": pytest.approx(4 / 6), "interval": None}
    assert found["confusion"] == [[2, 0, 0], [1, 1, 0], [1, 0, 1]]
    assert found["by_level"][0]["precision"] == pytest.approx(0.5) and found["by_level"][2]["recall"] == 0.5
    assert found["headlines"]["f1_macro"]["value"] == pytest.approx((2 / 3) * 1, abs=1e-6)
    assert {row["group"]: row["accuracy"] for row in found["groups"]} == {"old": 0.75, "young": 0.5}
    assert "mae" not in str(found) and found["people"] == 3
    with pytest.raises(CropsError, match="a true level 3"):
        measure_classes(split_of(TRUE + 1), answers(), Precision(20, 1))


def test_videos_are_named_by_both_ways() -> None:
    found = measure_videos(split_of().stills, answers())
    assert found["sequences"]["count"] == 3
    assert found["sequences"]["averaging"].keys() == found["sequences"]["ppvc"].keys() == {"accuracy", "f1_macro"}
    assert 1 / 3 <= found["sequences"]["ppvc"]["accuracy"] <= 1


def test_probabilities_are_those_that_the_network_was_trained_with() -> None:
    stills = split_of().stills
    by_relu = Predictions.of(stills, answers("relu"))
    assert by_relu.probabilities[0].tolist() == [1.0, 0.0, 0.0]
    assert by_relu.part(np.array([0])).output == "relu"
    assert 0.5 < Predictions.of(stills, answers()).probabilities[0, 0] < 1


def test_the_page_has_no_pain_in_it() -> None:
    split = split_of()
    result = {"network": "n", "data": split.name, "drawn": False, "classes": list(NAMES), "split_by": split.split_by,
              "licence": split.licence, "stills": measure_classes(split, answers(), Precision(20, 1)),
              "watch": measure_videos(split.stills, answers()) | {"note": split.watch_note}}  # fmt: skip
    html = class_page(result)
    assert "calm &lt;b&gt;" in html and '<b>"' not in html
    assert "happy taken for angry" in html or "calm &lt;b&gt; taken for angry" in html
    assert "PPVC" in html and "3 videos, 6 pictures" in html and "too few people to say" in html
    assert html.lower().count("pain") == 1 and "anything about pain" in html
