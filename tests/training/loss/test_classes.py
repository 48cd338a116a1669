"""Losses against known answers."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from training.loss import classes as losses

SCORES = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 0.3], [-3.0, 1.0, 4.0]])
LEVELS = torch.tensor([0, 2, 1])
LOGS = losses.log_probabilities(SCORES, "softmax")


def test_cross_entropy_is_torchs() -> None:
    weights = torch.tensor([1.0, 2.0, 0.5])
    assert torch.allclose(losses.cross_entropy(LOGS, LEVELS), functional.cross_entropy(SCORES, LEVELS))
    assert torch.allclose(
        losses.cross_entropy(LOGS, LEVELS, weights), functional.cross_entropy(SCORES, LEVELS, weights)
    )
    smooth = functional.cross_entropy(SCORES, LEVELS, label_smoothing=0.1)
    assert torch.allclose(losses.cross_entropy(LOGS, LEVELS, smoothing=0.1), smooth)


def test_focal_counts_what_is_known_less() -> None:
    assert torch.allclose(losses.focal(LOGS, LEVELS, 0.0), losses.cross_entropy(LOGS, LEVELS))
    half = torch.tensor([[0.5, 0.5]]).log()
    assert losses.focal(half, torch.tensor([0]), 2.0).item() == pytest.approx(0.25 * math.log(2))
    assert losses.focal(LOGS, LEVELS, 2.0) < losses.cross_entropy(LOGS, LEVELS)


def test_ordinal_categorical_weighs_by_distance() -> None:
    logs = torch.tensor([[0.7, 0.2, 0.1]]).log()
    for level, far in ((0, 0.0), (1, 0.5), (2, 1.0)):
        wanted = -(1 + far) * logs[0, level].item()
        assert losses.ordinal_categorical(logs, torch.tensor([level])).item() == pytest.approx(wanted)


def test_mean_absolute_is_of_the_expected_level() -> None:
    logs = torch.tensor([[0.5, 0.0, 0.5], [0.0, 0.25, 0.75]]).clamp_min(1e-12).log()
    assert losses.mean_absolute(logs, torch.tensor([0, 2])).item() == pytest.approx((1 + 0.25) / 2, abs=1e-5)


def test_label_distribution_tends_to_cross_entropy_and_is_0_where_it_fits() -> None:
    assert torch.allclose(losses.label_distribution(LOGS, LEVELS, 0.05), losses.cross_entropy(LOGS, LEVELS), atol=1e-5)
    wanted = torch.softmax(torch.tensor([[-0.5, 0.0, -0.5]]), 1)
    assert losses.label_distribution(wanted.log(), torch.tensor([1]), 1.0).item() == pytest.approx(0, abs=1e-6)


def test_class_weights_are_1_on_average_over_the_crops() -> None:
    levels = torch.tensor([0, 0, 0, 1, 3])
    weights = losses.class_weights(levels, 4)
    assert weights[2] == 0 and weights[0] * 3 == pytest.approx(weights[1]) == pytest.approx(weights[3])
    assert weights[levels].mean() == pytest.approx(1)


def test_the_approximate_softmax_can_learn_where_relu_cuts() -> None:
    logs = losses.log_probabilities(torch.tensor([[3.0, 1.0, -2.0]]), "relu")
    assert logs.exp().sum().item() == pytest.approx(1)
    assert logs.exp()[0].tolist() == pytest.approx([0.75, 0.25, 0.0], abs=0.01)
    scores = torch.tensor([[-1.0, -2.0, -3.0]], requires_grad=True)
    loss = losses.cross_entropy(losses.log_probabilities(scores, "relu"), torch.tensor([1]))
    assert loss.item() == pytest.approx(math.log(3))
    loss.backward()
    assert scores.grad is not None and scores.grad[0, 1] < 0 < scores.grad[0, 0]


@pytest.mark.parametrize("loss", [losses.focal, losses.ordinal_categorical, losses.mean_absolute,
                                  losses.label_distribution, losses.cross_entropy])  # fmt: skip
@pytest.mark.parametrize("output", ["softmax", "relu"])
def test_each_goes_down_when_it_is_followed(loss: object, output: str) -> None:
    scores = SCORES.clone().requires_grad_()
    values = []
    for _ in range(30):
        value = loss(losses.log_probabilities(scores, output), LEVELS)  # type: ignore[operator]
        (gradient,) = torch.autograd.grad(value, scores)
        scores = (scores - 0.1 * gradient).detach().requires_grad_()
        values.append(value.item())
    assert values[-1] < values[0]


def test_a_far_miss_costs_more_than_a_near_one() -> None:
    sure = 6 * torch.eye(4)
    costs = [float(losses.ordinal_loss(sure[guess : guess + 1], torch.tensor([0]))) for guess in range(4)]
    assert costs == sorted(costs) and costs[3] > costs[1] + 0.5
