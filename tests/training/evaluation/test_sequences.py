"""One level for many crops, worked out by hand."""

import numpy as np
import pytest

from training.evaluation.predictions import Predictions
from training.evaluation.sequences import aggregate, approximate_softmax, by_sequence, measures, true_level, windows


def test_the_approximate_softmax_of_ppvc() -> None:
    found = approximate_softmax(np.array([[3.0, 1.0, -2.0], [-1.0, -2.0, 0.0], [0.0, 0.0, 5.0]]))
    assert found.tolist() == [[0.75, 0.25, 0.0], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.0, 1.0]]


def test_aggregation_adds_probabilities_and_not_votes() -> None:
    # Two frames lean to 0 by a little, one is sure of 1: sums 0.55 + 0.55 + 0 and 0.45 + 0.45 + 1.
    scores = np.array([[11.0, 9.0], [11.0, 9.0], [0.0, 1.0]])
    assert aggregate(scores) == 1
    # and not of scores: those of 0 sum to 22, of 1 to 19
    assert scores.sum(axis=0).argmax() == 0
    assert aggregate(np.array([[1.0, 1.0]])) == 0


def test_the_most_frequent_level_is_true_and_the_highest_of_several() -> None:
    assert true_level(np.array([0, 0, 3])) == 0
    assert true_level(np.array([0, 3, 3, 0, 1])) == 3


def test_pieces_are_in_order_of_time_and_whole() -> None:
    names = np.array(["b", "a", "a", "a", "a", "a", ""])
    times = np.array([0.0, 20.0, 0.0, 5.0, 10.0, 15.0, 0.0])
    assert [one.tolist() for one in windows(names, times, 10.0)] == [[2, 3], [4, 5], [1], [0]]
    assert [one.tolist() for one in windows(names, times, 15.0)] == [[2, 3, 4], [5, 1], [0]]
    rare = np.array([0.0, 1.0, 2.0, 10.0])
    assert [one.tolist() for one in windows(np.full(4, "a"), rare, 5.0)] == [[0, 1, 2]]
    assert [one.tolist() for one in windows(names, times, None)] == [[2, 3, 4, 5, 1], [0]]


def test_both_ways_beside_the_truth() -> None:
    sure = np.log(np.array([[1 - 3e-9, 1e-9, 1e-9, 1e-9], [1e-9, 1e-9, 1e-9, 1 - 3e-9]]))
    scores = np.stack([sure[0], sure[0], sure[1], sure[1], sure[1], sure[0]]) + 30
    said = scores.argmax(axis=1)
    levels = np.array([0, 0, 3, 3, 3, 3])
    who = np.array(["a", "a", "a", "b", "b", "b"])
    found = by_sequence(Predictions(levels, said, scores, who), who, np.arange(6.0), None)
    assert found.true.tolist() == [0, 3]
    # mean probabilities: 2/3 and 1/3; means of expected levels: (0 + 0 + 3) / 3 = 1 and (3 + 3 + 0) / 3 = 2
    assert found.averaged.tolist() == [0, 3]
    assert found.mean_expected == pytest.approx([1, 2])
    assert found.mean_true.tolist() == [1, 3]
    # approximate probabilities of a sure frame: about 30 / (30 + 3 * 9.3) = 0.52 and 0.16 each
    assert found.aggregated.tolist() == [0, 3]
    got = measures(found)
    assert got["ppvc"]["accuracy"] == 1 and got["averaging"]["accuracy"] == 1
    assert got["averaging"]["mean_level_mae"] == pytest.approx(0.5)


def test_averaging_and_ppvc_can_differ() -> None:
    # One frame sure of 1 by a wide margin, two for 0 by 4: softmax nearly 1 each; shares 14 : 10 of 24, and 0 : 60.
    scores = np.array([[14.0, 10.0], [14.0, 10.0], [0.0, 60.0]])
    case = Predictions(np.array([1, 1, 1]), scores.argmax(axis=1), scores, np.array(["a"] * 3))
    found = by_sequence(case, np.array(["a"] * 3), np.arange(3.0), None)
    assert (found.averaged[0], found.aggregated[0]) == (0, 1)
    got = measures(found)
    assert (got["averaging"]["accuracy"], got["ppvc"]["accuracy"], got["averaging"]["mae"]) == (0, 1, 1)


def test_without_sequences_there_is_nothing_to_measure() -> None:
    case = Predictions(np.array([0]), np.array([0]), np.zeros((1, 4)), np.array(["a"]))
    with pytest.raises(ValueError, match="no sequence"):
        by_sequence(case, np.array([""]), np.zeros(1), None)
