"""Days strung together from clips go through the ward's policy, and who calls too often is told so."""

from __future__ import annotations

import numpy as np
import pytest

from services.alerts.policy.thresholds import Thresholds
from training.evaluation import days
from training.evaluation.clips import CLIPS
from training.evaluation.days import Plan, chosen, day_of, measure_days
from training.evaluation.errors import CropsError
from training.evaluation.predictions import Predictions, Scores
from training.evaluation.report_days import days_section
from training.evaluation.shifts import pictures_at, shifted
from training.evaluation.split import Stills
from training.synth.day import CLIP_S, DAY_S, STILL

OFFSETS = np.arange(0, CLIP_S, 5.0)
GROUPS = {"age": {"resident 0": "older", "resident 1": "younger"}}


def clips() -> Stills:
    """Two residents' clips without pictures that matter: pain is level 3 from 5 s on, sleep 1, all else 0."""
    rows = [
        (f"resident {who}", f"{activity} {number}", t, {"pain": 3 * (t >= 5), "sleep": 1}.get(activity, 0))
        for who in range(2)
        for activity, count in CLIPS.items()
        for number in range(count)
        for t in OFFSETS
    ]
    who, names, times, levels = zip(*rows, strict=True)
    images = np.zeros((len(rows), 2, 2, 3), np.uint8)
    return Stills(images, np.array(levels, np.int64), np.array(who), np.array(names), np.array(times))


def answers(stills: Stills, mistaken: str = "", by: float = 1.0) -> Scores:
    """The true levels'; the second resident's clips of one activity get level 2 by so much of a score."""
    scores = np.zeros((len(stills), 4))
    scores[np.arange(len(stills)), stills.levels] = 10.0
    wrong = np.array([who == "resident 1" and name.split()[0] == mistaken
                      for who, name in zip(stills.subjects, stills.sequences, strict=True)])  # fmt: skip
    scores[wrong] = 0
    scores[wrong, 2] = by
    return Scores(scores, scores.argmax(axis=1).astype(np.int64))


def test_a_day_is_its_residents_clips_in_order() -> None:
    stills = clips()
    day = day_of(stills, "resident 1", 0, Plan(1))
    assert (stills.subjects[day.rows] == "resident 1").all() and (np.diff(day.times_s) > 0).all()
    assert day.times_s[0] >= 0 and day.times_s[-1] < DAY_S
    for row, t in zip(day.rows[::50], day.times_s[::50], strict=True):
        assert stills.sequences[row].split()[0] == day.activity_at(float(t))
    still = np.array([day.activity_at(float(t)) in STILL for t in day.times_s[:-1]])
    gaps = np.diff(day.times_s)[still]
    assert np.median(gaps) == days.SILENCE_S
    assert np.array_equal(day.rows, day_of(stills, "resident 1", 0, Plan(1)).rows)
    assert not np.array_equal(day.rows, day_of(stills, "resident 1", 1, Plan(1)).rows)


def test_who_calls_in_talk_is_told_and_higher_thresholds_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "SHIFTS", (0.0, 1.0))
    stills = clips()
    right = measure_days(stills, answers(stills), GROUPS, Plan(1), Thresholds())
    assert right["chosen"] == 0 and right["false_by_activity"] == {}
    usual = right["curve"][0]
    assert usual["false_alerts"] == 0 and usual["episodes"] == usual["episodes_met"] > 0
    assert usual["resident_days"] == pytest.approx(2, rel=0.01)
    wrong = measure_days(stills, answers(stills, "talk", 1.0), GROUPS, Plan(1), Thresholds())
    assert set(wrong["false_by_activity"]) == {"talk"} and wrong["chosen"] == 1
    by_group = {row["group"]: row["false_alerts"] for row in wrong["groups"]}
    assert by_group["older"] == 0 < by_group["younger"] == wrong["curve"][0]["false_alerts"]
    assert wrong["curve"][1]["false_alerts"] == 0 and wrong["shown"]["resident"] == "resident 1"
    assert [row["false_alerts"] for row in right["rules"]] == [0] * len(days.ASKED)
    asked = {(row["raise_level"], row["raise_pieces"]): row for row in wrong["rules"]}
    assert asked[2, 2]["false_alerts"] == wrong["curve"][0]["false_alerts"] > 0
    assert asked[3, 2]["false_alerts"] == 0 and asked[3, 2]["episodes_met"] == asked[3, 2]["episodes"] > 0
    page = days_section(wrong, [{"shift": 0.0, "accuracy": 0.9, "called": [0.0, 0.1, 0.83, 1.0]}])
    assert "83 %" in page and "2 of level 3 or more" in page and page.count("<svg") == 2
    page = days_section(wrong)
    assert "talk" in page and "+1 has the fewest false calls" in page and "<svg" in page


def test_a_shift_moves_every_threshold_alike() -> None:
    scores = np.array([[0.0, 1.0, 1.5, 1.0]])
    stills = Stills(np.zeros((1, 2, 2, 3), np.uint8), np.array([2]), *(np.array(["x"]),) * 2, np.zeros(1))
    found = Predictions.of(stills, Scores(scores, np.array([2])))
    assert [int(shifted(found, c)[0]) for c in (-1.0, 0.0, 0.7, 1.5)] == [3, 2, 1, 0]


def test_pictures_are_called_less_the_higher_the_thresholds() -> None:
    scores = np.array([[3.0, 0, 0, 0], [0, 0, 1.0, 0.5], [0, 0, 2.5, 0], [0, 0, 0, 9.0]])
    levels = np.array([0, 2, 2, 3])
    stills = Stills(np.zeros((4, 2, 2, 3), np.uint8), levels, *(np.array(list("abcd")),) * 2, np.zeros(4))
    found = pictures_at(Predictions.of(stills, Scores(scores, scores.argmax(axis=1).astype(np.int64))), (0.0, 1.0, 3.0))
    assert [row["accuracy"] for row in found] == [1.0, 0.75, 0.25]
    assert [row["called"] for row in found] == [[0, None, 1, 1], [0, None, 0.5, 1], [0, None, 0, 0]]


def test_the_choice_meets_the_sensitivity_or_is_none() -> None:
    curve = [
        {"shift": c, "sensitivity": s, "false_alerts": f} for c, s, f in ((0.0, 0.95, 5), (1.0, 0.9, 2), (2, 0.5, 0))
    ]
    assert (chosen(curve, 0.9), chosen(curve, 0.93), chosen(curve, 0.5), chosen(curve, 0.99)) == (1.0, 0.0, 2.0, None)


@pytest.mark.parametrize("given", [(0, 0.9), (1, 0.0), (1, 1.1)])
def test_what_is_no_plan(given: tuple[int, float]) -> None:
    with pytest.raises(CropsError):
        Plan(*given)
