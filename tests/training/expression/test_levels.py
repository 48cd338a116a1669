"""The linear layer's highest score is the level that the thresholds say, for every score of the expressions."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from training.errors import OptionError
from training.expression.levels import THRESHOLDS, fitted_softness, pain_weights, scores_of, thresholds_of, with_levels
from training.expression.package import EXPRESSIONS


def test_levels_are_those_between_the_thresholds() -> None:
    torch.manual_seed(2)
    state = {"fc.weight": torch.randn(7, 16).double(), "fc.bias": torch.randn(7).double(), "other": torch.ones(1)}
    features = 6 * torch.randn(500, 16).double()
    z = F.linear(features, state["fc.weight"], state["fc.bias"]) @ pain_weights().double()
    for thresholds in (THRESHOLDS, (-1.0, 0.5), (-30.0, -3.0, 20.0, 60.0)):
        head = with_levels(state, thresholds)
        found = F.linear(features, head["fc.weight"], head["fc.bias"]).argmax(1)
        wanted = torch.bucketize(z, torch.tensor(thresholds).double())
        assert torch.equal(found, wanted)
        assert set(found.tolist()) == set(range(len(thresholds) + 1))
        assert torch.equal(head["other"], state["other"])


def test_what_all_expressions_share_does_not_count() -> None:
    assert float(pain_weights().sum()) == 0
    assert [float(pain_weights()[EXPRESSIONS.index(name)]) for name in ("angry", "disgusted")] == [1, 1]


def test_thresholds_are_found_in_what_they_made() -> None:
    wanted = (-4.5, 0.0, 6.0)
    for softness in (0.25, 4.0):
        bias = scores_of(torch.tensor([-32.0]), wanted, softness)[0]
        assert thresholds_of(bias, softness, -32.0) == wanted


@pytest.mark.parametrize("thresholds", [(), (1.0, 1.0), (2.0, 1.0, 3.0)])
def test_thresholds_that_do_not_rise(thresholds: tuple[float, ...]) -> None:
    with pytest.raises(OptionError, match="rise"):
        with_levels({"fc.weight": torch.zeros(7, 2), "fc.bias": torch.zeros(7)}, thresholds)


def test_softness_is_that_of_the_answers() -> None:
    """Levels drawn by the odds of a softness; 20,000 of them tell it to 1 in 10 (the estimate's spread is 1 in 100)."""
    made = torch.Generator().manual_seed(4)
    z = 14 * torch.rand(20_000, generator=made) - 6
    for softness in (0.8, 3.0):
        levels = torch.multinomial(scores_of(z, THRESHOLDS, softness).softmax(1), 1, generator=made)[:, 0]
        assert fitted_softness(z, levels, THRESHOLDS) == pytest.approx(softness, rel=0.1)
