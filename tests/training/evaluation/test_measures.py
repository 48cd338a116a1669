"""Every measure against a case worked out by hand, or a published one."""

import numpy as np
import pytest

from tests.training.evaluation.by_hand import predictions
from training.evaluation import levels, ranking
from training.evaluation.calibration import ece, reliability
from training.evaluation.errors import CropsError
from training.evaluation.icc import icc
from training.evaluation.predictions import Predictions

TRUE = [0, 0, 0, 1, 1, 2]
SAID = [0, 0, 1, 1, 2, 2]
"""Confusion [[2, 1, 0], [0, 1, 1], [0, 0, 1]]."""


CASE = predictions(TRUE, SAID)


def test_counts_of_right_and_near_answers() -> None:
    assert levels.accuracy(CASE) == pytest.approx(4 / 6)
    assert levels.within_one(CASE) == 1
    assert levels.confusion(CASE) == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert levels.within_one(predictions([0, 2], [2, 2])) == 0.5


def test_precision_recall_and_f1_of_each_level() -> None:
    # level: precision, recall; F1 = 2 p r / (p + r)
    by_hand = [(1, 2 / 3, 4 / 5), (1 / 2, 1 / 2, 1 / 2), (1 / 2, 1, 2 / 3)]
    rows = levels.by_level(CASE)
    assert [(row["precision"], row["recall"], row["f1"]) for row in rows] == [pytest.approx(one) for one in by_hand]
    assert [row["count"] for row in rows] == [3, 2, 1]


def test_macro_takes_levels_as_equals_and_weighted_by_their_number() -> None:
    macro, weighted = levels.averaged(CASE, "macro"), levels.averaged(CASE, "weighted")
    assert macro["f1"] == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3) == pytest.approx(levels.f1_macro(CASE))
    assert macro["precision"] == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    assert weighted["f1"] == pytest.approx((3 * 4 / 5 + 2 * 1 / 2 + 1 * 2 / 3) / 6)
    assert weighted["recall"] == pytest.approx(levels.accuracy(CASE))


def test_a_level_that_never_occurs_is_not_averaged_and_one_never_said_has_precision_nought() -> None:
    case = predictions([0, 0, 2, 2], [0, 0, 0, 2], np.eye(4)[[0, 0, 0, 2]])
    rows = levels.by_level(case)
    assert rows[1]["recall"] is None and rows[3]["precision"] is None
    assert levels.averaged(case, "macro")["recall"] == pytest.approx((1 + 1 / 2) / 2)
    unsaid = predictions([0, 1], [0, 0])
    assert levels.by_level(unsaid)[1]["precision"] is None
    assert levels.averaged(unsaid, "macro")["precision"] == pytest.approx((1 / 2 + 0) / 2)


def test_errors_and_correlation() -> None:
    case = predictions([0, 1, 2, 3], [1, 1, 1, 3])
    assert levels.mae(case) == pytest.approx((1 + 0 + 1 + 0) / 4)
    assert levels.mse(predictions([0, 3], [2, 3])) == pytest.approx(4 / 2)
    # deviations (-1.5, -.5, .5, 1.5) and (-.5, -.5, -.5, 1.5): sum of products 3, of squares 5 and 3
    assert levels.pcc(case) == pytest.approx(3 / np.sqrt(5 * 3))
    assert levels.pcc(predictions([0, 1], [1, 1])) is None


def test_icc_of_the_example_of_shrout_and_fleiss() -> None:
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    found = icc(table)
    assert found.consistency == pytest.approx(0.71, abs=0.005)
    assert found.absolute == pytest.approx(0.29, abs=0.005)


def test_icc_of_a_shift_is_consistent_and_does_not_agree() -> None:
    # Targets 1, 2, 3 and the same plus 1: BMS = 2, JMS = 1.5, EMS = 0; absolute = 2 / (2 + 2 * 1.5 / 3)
    found = icc(np.array([[1, 2], [2, 3], [3, 4]]))
    assert found.consistency == pytest.approx(1)
    assert found.absolute == pytest.approx(2 / 3)
    assert icc(np.ones((4, 2))).consistency is None
    assert icc(np.ones((1, 2))).absolute is None
    with pytest.raises(ValueError, match="k >= 2"):
        icc(np.ones((4, 1)))


def test_auc_is_the_part_of_pairs_in_order() -> None:
    truth, probability = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.5, 0.4])
    # pairs: .9 > .5, .9 > .4, .4 < .5, .4 = .4 (half)
    assert ranking.auc(truth, probability) == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert ranking.auc(np.array([True, True]), np.array([0.1, 0.2])) is None


def test_pain_from_a_level_on_sums_the_levels_above() -> None:
    scores = np.log([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    case = predictions([0, 2], [0, 2], scores)
    truth, probability = ranking.from_level(case, 1)
    assert truth.tolist() == [False, True]
    assert probability == pytest.approx([0.5, 0.8])
    assert case.expected == pytest.approx([0.3 + 0.4, 0.2 + 1.2])
    assert ranking.auc_from(case, 1) == 1 and ranking.auc_of_level(case, 1) is None


def test_a_roc_curve_runs_from_corner_to_corner() -> None:
    found = ranking.curve(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1]))
    assert found is not None
    points = list(zip(found["false_positive"], found["true_positive"], strict=True))
    assert points == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]


def test_detection_counts_by_hand() -> None:
    # From level 1: true 3, of them called 3; below 3, of them called 2; called 4, of them true 3
    found = ranking.detection(CASE, 1)
    assert (found["sensitivity"], found["specificity"]) == (1, pytest.approx(2 / 3))
    assert found["positive_predictive_value"] == pytest.approx(3 / 4)
    assert found["negative_predictive_value"] == 1
    assert ranking.sensitivity(predictions([0, 0], [0, 1]), 1) is None


def test_calibration_error_by_hand() -> None:
    # Confidences .6 .6 (one right) and .9 .9 (both right): .5 * |.5 - .6| + .5 * |1 - .9|
    scores = np.log([[0.6, 0.4], [0.6, 0.4], [0.9, 0.1], [0.9, 0.1]])
    case = predictions([0, 1, 0, 0], [0, 0, 0, 0], scores)
    assert ece(case) == pytest.approx(0.1)
    bins = reliability(case)
    assert [(part.count, part.accuracy) for part in bins] == [(2, 0.5), (2, 1.0)]
    assert [part.confidence for part in bins] == pytest.approx([0.6, 0.9])
    assert all(part.low < part.confidence <= part.high for part in bins)
    with pytest.raises(ValueError, match="one bin"):
        reliability(case, 0)


def test_a_true_level_that_the_network_does_not_have_is_refused() -> None:
    with pytest.raises(CropsError, match="level 3"):
        Predictions(np.array([3]), np.array([0]), np.zeros((1, 3)), np.array(["a"]))
