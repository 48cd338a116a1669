"""The switch parts what it was not fitted to, and its ramp is where the criterion says."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from training.expression import switch as switches
from training.expression.switch import DOUBT, MISSED, fitted_switch

SHIFT = 0.5
"""Of each of 192 features: 7 standard deviations between the two kinds."""


def means(count: int, seed: int, drawn: bool) -> Tensor:
    made = torch.randn(count, 192, generator=torch.Generator().manual_seed(seed))
    return 3 + 2 * made + (2 * SHIFT if drawn else 0.0)


def test_views_of_other_people_are_told_from_photographs() -> None:
    photographs, held_out = means(300, 2, False), means(400, 3, True)
    switch = fitted_switch(means(300, 1, True), photographs, held_out)
    wholly = (switch.drawn(held_out) == 1).float().mean()
    assert 1 - 2 * MISSED <= float(wholly) <= 1
    assert float(switch.drawn(photographs).max()) == 0
    assert float((switch.drawn(means(400, 4, False)) == 0).float().mean()) > 1 - 2 * MISSED


def test_doubt_begins_a_fifth_of_the_way_to_the_likeliest_photograph() -> None:
    drawn, photographs, held_out = means(300, 1, True), means(300, 2, False), means(400, 3, True)
    switch = fitted_switch(drawn, photographs, held_out)
    likeliest = float((photographs @ switch.weight + switch.bias).max())
    top = float(torch.quantile((held_out @ switch.weight + switch.bias).double(), MISSED))
    assert abs(top - 1) < 1e-3 and abs((top - likeliest) * DOUBT - 1) < 1e-2


def test_a_ramp_scaled_afterwards_is_the_one_that_the_command_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped bundle's was fitted with a third of the way in doubt, and scaled to a fifth when it was put in."""
    given = means(300, 1, True), means(300, 2, False), means(400, 3, True)
    fifth = fitted_switch(*given)
    monkeypatch.setattr(switches, "DOUBT", 1 / 3)
    third = fitted_switch(*given)
    scale = (1 / 3) / DOUBT
    assert torch.allclose(scale * third.weight, fifth.weight, rtol=1e-6, atol=0)  # float32 has 24 bits: 2^-23 = 1.2e-7
    assert abs(scale * (third.bias - 1) + 1 - fifth.bias) <= 1e-9 * abs(fifth.bias)
