"""Which reader's answer the switch lets through, and that in doubt neither is made worse."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from training.networks.two_readers import BOUND, TwoReaders, two_readers


def with_answers(first: float, second: float, doubt: float) -> TwoReaders:
    """Whose readers answer the same whatever they see, as does its switch; its scores are z, twice."""
    network = two_readers(2).eval()
    with torch.no_grad():
        told = (network.low_doubt, network.middle_doubt)
        for layer in (*told, network.switch, network.first, network.second):
            for parameter in layer.parameters():
                parameter.zero_()
        network.middle_doubt.bias[0] = doubt
        network.switch.weight[0, 0], network.switch.bias[0] = -1, 1
        network.first.bias.copy_(torch.tensor([first + BOUND, -BOUND]))
        network.second.bias[1] = second
        network.gate.weight.copy_(torch.tensor([[-2 * BOUND], [2 * BOUND]]))
        network.levels.weight.fill_(1)
        network.levels.bias.fill_(-BOUND)
    return network


def answer(network: TwoReaders) -> float:
    with torch.inference_mode():
        found: Tensor = network(torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(3)))
    return float(found[0, 0])


@pytest.mark.parametrize(("first", "second"), [(-7.0, 12.0), (20.0, -30.0), (-20.0, -3.0), (5.0, 6.0)])
def test_the_switch_lets_one_reader_through(first: float, second: float) -> None:
    """To float32's rounding of numbers as large as B."""
    near = {"abs": 64 * BOUND * 2.0**-24}
    assert answer(with_answers(first, second, 4.0)) == pytest.approx(first, **near)
    assert answer(with_answers(first, second, 1.0)) == pytest.approx(first, **near)
    assert answer(with_answers(first, second, 0.0)) == pytest.approx(second, **near)
    assert answer(with_answers(first, second, -5.0)) == pytest.approx(second, **near)
    for doubt in (0.1, 0.3, 0.5, 0.8):
        assert answer(with_answers(first, second, doubt)) <= max(first, second) + near["abs"]


def test_far_below_any_threshold_is_as_calm_as_the_bound() -> None:
    assert answer(with_answers(-3 * BOUND, 0.0, 2.0)) == pytest.approx(-BOUND, abs=64 * BOUND * 2.0**-24)
