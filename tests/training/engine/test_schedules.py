"""Learning rates against torch's own schedulers, step by step; groups of an optimiser; options written once."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch
from torch import nn

from training.engine.optimisers import adamw, adamw_by_tensor
from training.engine.options import REQUIRED, add_options
from training.engine.schedules import constant, cosine_by_epoch, one_cycle, scaled, warm_cosine


def optimiser_of(rate: float) -> torch.optim.Optimizer:
    parameter = nn.Parameter(torch.zeros(1))
    parameter.grad = torch.zeros(1)
    return torch.optim.AdamW([{"params": [parameter], "initial": rate}], rate)


@pytest.mark.parametrize(("epochs", "examples", "batch"), [(1, 5, 8), (2, 24, 32), (5, 120, 32), (7, 33, 8)])
def test_one_cycle_is_torchs(epochs: int, examples: int, batch: int) -> None:
    ours, theirs = optimiser_of(3e-3), optimiser_of(3e-3)
    steps = -(-examples // batch)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(theirs, 3e-3, total_steps=max(2, epochs * steps + 1), pct_start=0.1)
    adjust = one_cycle(epochs, examples, batch, 0.1)
    for epoch in range(epochs):
        for done in range(0, examples, batch):
            adjust(ours, epoch + done / examples)
            for name in ("lr", "betas"):
                assert ours.param_groups[0][name] == theirs.param_groups[0][name]
            theirs.step()
            scheduler.step()


def test_the_cosine_by_epochs_is_torchs() -> None:
    ours, theirs = optimiser_of(0.1), optimiser_of(0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 6)
    for epoch in range(6):
        for part in (0.0, 0.3, 0.99):
            scaled(cosine_by_epoch(6))(ours, epoch + part)
            assert ours.param_groups[0]["lr"] == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)
        theirs.step()
        scheduler.step()


def test_warming_up_and_the_cosine_meet_at_the_top() -> None:
    rates = [warm_cosine(done / 100, 0.05, 0.1) for done in range(101)]
    assert rates[0] == 0.1 and max(rates) == rates[5] == 1.0 and rates[100] == pytest.approx(0)
    assert rates[:6] == sorted(rates[:6]) and rates[5:] == sorted(rates[5:], reverse=True)
    assert constant(3.7) == 1.0


def test_norms_and_biases_do_not_decay_and_a_frozen_tensor_has_no_group() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Linear(4, 2))
    network[2].weight.requires_grad_(False)
    thick, thin = adamw(network, 0.1, 0.3).param_groups
    assert [p.ndim for p in thick["params"]] == [4] and {p.ndim for p in thin["params"]} == {1}
    assert (thick["weight_decay"], thin["weight_decay"]) == (0.3, 0.0)


def test_rates_in_sizes_of_each_tensor() -> None:
    network = nn.Linear(2, 2)
    with torch.no_grad():
        network.weight.fill_(-3.0)
        network.bias.zero_()
    groups = adamw_by_tensor(network, 0.1, 0.0, relative=True).param_groups
    assert [group["initial"] for group in groups] == pytest.approx([0.3, 0.3])  # zeros count as the usual tensor
    assert {group["initial"] for group in adamw_by_tensor(network, 0.1, 0.0, relative=False).param_groups} == {0.1}


def test_options_are_those_of_the_command() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser, "--threads", "--fresh", out=REQUIRED, epochs=3, seed=None)
    args = parser.parse_args(["--out", "there", "--epochs", "5"])
    assert (args.out, args.epochs, args.seed, args.threads, args.fresh) == (Path("there"), 5, None, 2, False)
    with pytest.raises(SystemExit):
        parser.parse_args([])
    with pytest.raises(SystemExit):
        parser.parse_args(["--out", "there", "--batch", "4"])
