"""Thresholds rise by what calm faces need and no further than faces in pain allow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from training.adapt.thresholds import MOST_LOST, margins, move_for, moved
from training.errors import OptionError


def test_a_margin_is_how_far_thresholds_rise_until_it_is_no_pain() -> None:
    scores = 4 * torch.randn(400, 4, generator=torch.Generator().manual_seed(1)).double()
    order = torch.arange(4.0).double()
    for score, margin in zip(scores, margins(scores), strict=True):
        assert int((score - (margin - 1e-9) * order).argmax()) >= 2
        assert int((score - (margin + 1e-9) * order).argmax()) < 2


def test_at_most_the_part_asked_for_is_called_pain_also_in_others() -> None:
    """Of exchangeable margins, one more is above the move with a chance of at most the part: the mean over many draws
    of 39, of which the move is an order statistic, is that of a beta distribution of (38, 2), 0.05 with a standard
    deviation of 0.034; 4000 draws are within 7 of theirs (0.0038) but for a chance below 2^-40."""
    rng, part = np.random.default_rng(3), 0.05
    above = []
    for _ in range(4000):
        calm = rng.uniform(0.0, 10.0, 39)
        move = move_for(calm, np.array([50.0]), part)
        assert not move.held_back and (calm > move.made).mean() <= part
        above.append((10.0 - move.made) / 10.0)
    assert abs(float(np.mean(above)) - part) < 0.0038


def test_faces_in_pain_hold_it_back() -> None:
    pain = np.arange(1.0, 101.0)
    move = move_for(np.full(99, 60.0), pain, 0.05)
    assert move.wanted == 60.0 and move.held_back
    assert (pain <= move.made).mean() <= MOST_LOST < (pain <= move.made + 1).mean()


def test_calm_faces_below_the_thresholds_move_nothing() -> None:
    assert move_for(np.full(30, -2.0), np.array([3.0]), 0.1).made == 0.0


@pytest.mark.parametrize(("count", "part", "said"), [(18, 0.05, "19 are needed"), (9, 0.0, "between 0 and 1")])
def test_too_few_photographs(count: int, part: float, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        move_for(np.zeros(count), np.array([1.0]), part)


def test_moving_the_last_layer_moves_every_boundary() -> None:
    layer, x = nn.Linear(5, 4), torch.randn(9, 5, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        before = layer(x)
        moved(layer, 1.5)
        assert torch.allclose(layer(x), before - 1.5 * torch.arange(4.0), atol=1e-5)
    with pytest.raises(OptionError, match="last layer is linear"):
        moved(nn.Conv2d(3, 4, 1), 1.0)
