"""The law of a video's label against the quotient it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from snni.errors import ParameterError
from snni.model.video_label import ONE, LabelLaw, label, probabilities


def test_probabilities_are_the_approximate_softmax():
    """Relative errors: the table's 2^-10 and its truncation's 2^-9, and the numerators' unit of 2^-12."""
    rng = np.random.default_rng(0)
    law = LabelLaw(20, 8, 64)
    scores = rng.integers(-(1 << 19), 1 << 19, (64, 8)) >> rng.integers(0, 19, (64, 1))
    positive = np.maximum(scores, 0)
    total = positive.sum(axis=1, keepdims=True)
    exact = np.where(total > 0, positive / np.maximum(total, 1), 1 / 8)
    for chance in (None, np.random.default_rng(1)):
        got = probabilities(law, scores, chance) / ONE
        assert np.abs(got - exact).max() < 2.0**-9 + 2.0**-9 + 2.0**-11


def test_frames_without_a_positive_score_count_for_all_alike():
    law = LabelLaw(16, 4, 2)
    assert probabilities(law, np.full((2, 4), -5)).tolist() == [[ONE // 4] * 4] * 2
    assert label(law, np.array([[-1, -1, -1, -1], [0, 0, 9, 0]])) == 2


def test_the_label_is_of_the_sum_and_ties_go_low():
    law = LabelLaw(16, 3, 2)
    assert label(law, np.array([[0, 100, 0], [0, 0, 100]])) == 1
    assert label(law, np.array([[90, 10, 0], [0, 60, 40]])) == 0


@pytest.mark.parametrize("impossible", [(30, 8, 4), (16, 1, 4), (16, 4, 65), (5, 4, 1)])
def test_what_does_not_fit_is_refused(impossible):
    with pytest.raises(ParameterError):
        LabelLaw(*impossible)
