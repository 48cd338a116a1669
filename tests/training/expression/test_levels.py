"""The linear layer's highest score is the level that the thresholds say, for every score of the expressions."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from training.errors import OptionError
from training.expression.levels import THRESHOLDS, pain_weights, with_levels
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


@pytest.mark.parametrize("thresholds", [(), (1.0, 1.0), (2.0, 1.0, 3.0)])
def test_thresholds_that_do_not_rise(thresholds: tuple[float, ...]) -> None:
    with pytest.raises(OptionError, match="rise"):
        with_levels({"fc.weight": torch.zeros(7, 2), "fc.bias": torch.zeros(7)}, thresholds)
