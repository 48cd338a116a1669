"""Intervals redraw people, not crops; spreads and groups count people once."""

import numpy as np
import pytest

from tests.training.evaluation.by_hand import predictions
from training.evaluation.bootstrap import interval, intervals, percentiles, redraws
from training.evaluation.levels import accuracy, pcc
from training.evaluation.people import by_group, spread


def crowd(right_of: list[int], crops: int = 10):
    """A person for each entry, with so many crops right of all."""
    said = [0 if crop < right else 1 for right in right_of for crop in range(crops)]
    subjects = [f"p{number}" for number in range(len(right_of)) for _ in range(crops)]
    return predictions([0] * len(said), said, subjects=subjects)


def test_a_redrawn_person_brings_all_their_crops() -> None:
    subjects = np.array(["a", "b", "a", "c", "b", "a"])
    for indices in redraws(subjects, 50, 1):
        drawn = subjects[indices]
        assert sum(1 / np.count_nonzero(subjects == name) for name in drawn) == pytest.approx(3)
    drawn = [sorted(indices) for indices in redraws(subjects, 50, 1)]
    assert drawn == [sorted(indices) for indices in redraws(subjects, 50, 1)]
    assert any(one != [0, 1, 2, 3, 4, 5] for one in drawn)


def test_people_who_differ_widen_the_interval() -> None:
    # The same accuracy, 0.5: half the people always right, or everybody half the time.
    split, alike = crowd([10, 0] * 10), crowd([5] * 20)
    wide, narrow = interval(split, accuracy, 400, 1), interval(alike, accuracy, 400, 1)
    assert wide is not None and narrow is not None
    assert (narrow.low, narrow.high) == (0.5, 0.5)
    # 20 people of variance 1/4: standard deviation of the mean sqrt(1/80) = 0.11, 95 % within about 1.96 of it
    assert wide.low == pytest.approx(0.5 - 1.96 * 0.112, abs=0.06)
    assert wide.high == pytest.approx(0.5 + 1.96 * 0.112, abs=0.06)


def test_few_people_have_no_interval_and_draws_are_reported() -> None:
    assert interval(crowd([5, 6, 7, 8]), accuracy, 10, 1) is None
    done: list[int] = []
    found = intervals(crowd([5] * 6), {"accuracy": accuracy, "pcc": pcc}, 10, 1, done.append)
    assert done == list(range(1, 11))
    assert found["accuracy"] is not None and found["pcc"] is None  # no truth varies, so there is no correlation


def test_percentiles_hold_the_middle() -> None:
    found = percentiles(list(range(1001)))
    assert found is not None and (found.low, found.high) == (pytest.approx(25), pytest.approx(975))


def test_the_spread_names_the_worst() -> None:
    found = spread(crowd([10, 8, 2, 9]))
    assert found["people"] == 4
    assert found["accuracy"]["min"] == 0.2 and found["accuracy"]["median"] == pytest.approx(0.85)
    assert [one["subject"] for one in found["worst"]] == ["p2", "p1", "p3", "p0"]
    assert found["everybody"] == [0.2, 0.8, 0.9, 1.0]


def test_groups_are_measured_apart() -> None:
    case = crowd([10, 10, 0, 0])
    glasses = np.array(["with"] * 20 + ["without"] * 20)
    rows = by_group(case, {"glasses": glasses}, 10, 1)
    assert [(row["group"], row["people"], row["crops"], row["accuracy"]) for row in rows] == [
        ("with", 2, 20, 1.0),
        ("without", 2, 20, 0.0),
    ]
    assert rows[0]["interval"] is None and rows[0]["sensitivity"] is None and rows[0]["specificity"] == 1
