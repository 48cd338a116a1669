"""What cannot run is named with its replacement; nothing that chance, a branch or a file format hides passes."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snni.compile.trace import trace
from snni.errors import BundleError, UnsupportedLayer
from tests.snni.compile.networks import images
from tests.snni.compile.traced import SHAPE, Body


@pytest.mark.parametrize(
    "layer,named,instead",
    [
        (nn.Hardtanh(), r"Hardtanh \(1\) from -1", "ReLU6"),
        (nn.SiLU(), r"SiLU \(1\)", "ReLU"),
        (nn.LeakyReLU(1.5), r"LeakyReLU \(1\) with a slope of 1.5", "slopes below 1"),
        (nn.Sequential(nn.Flatten(2), nn.Conv1d(4, 4, 3)), "Flatten .* mixes channels and positions", "Conv2d for"),
        (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), "reflect padding", "zero padding"),
        (nn.Conv2d(4, 4, 2, padding="same"), "even kernel", "odd kernel"),
        (nn.Conv2d(4, 4, 1, padding=1), "padded past", "less padding"),
        (nn.MaxPool2d(2, return_indices=True), "return_indices", "return_indices=False"),
        (nn.AvgPool2d(3, 2, 1, count_include_pad=False), "count_include_pad", "count_include_pad=True"),
        (nn.AvgPool2d(3, 2, ceil_mode=True), "ceil_mode", "ceil_mode=False"),
        (nn.AdaptiveAvgPool2d(5), "12x10", "divides the map"),
        (nn.BatchNorm2d(4, track_running_stats=False), "running statistics", "track_running_stats"),
        (nn.ConvTranspose2d(4, 4, 2), "ConvTranspose2d", "Conv2d"),
        (nn.Linear(10, 10), "on a map", "flatten"),
        (nn.Softmax(1), "softmax over a map", "last layer"),
        (nn.Flatten(2), "Flatten", "torch.flatten"),
        (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Linear(4, 3)), "on a map", "flatten"),
    ],
)
def test_unsupported_layers_are_named_with_what_to_use(layer: nn.Module, named: str, instead: str) -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), layer)
    with pytest.raises(UnsupportedLayer, match=named) as caught:
        trace(module, SHAPE)
    assert instead in caught.value.instead


@pytest.mark.parametrize(
    "rest,named",
    [
        (lambda m, x: x * x, "mul.* of two secrets"),
        (lambda m, x: x + torch.rand(12, 10), "varies over the map"),
        (lambda m, x: F.dropout(x), "always on"),
        (lambda m, x: F.avg_pool2d(x.flip(3), 2).mean((2, 3)), "flip .* changes the order of rows or columns"),
        (lambda m, x: F.pad(x, (1, 1), value=0.5).mean((2, 3)), "pad .* zero padding"),
        (lambda m, x: m.head(x.mean((2, 3))).repeat(2, 1), "repeat .* mixes images"),
        (lambda m, x: x.sum(1), "sum .* over height and width"),
        (lambda m, x: x[:, :, [0, 1, 3]].mean((2, 3)), "getitem"),
        (lambda m, x: F.avg_pool2d(x.mean(2), 2).mean(2), "a tensor of 3 axes"),
        (lambda m, x: x + x.mean((2, 3), keepdim=True), "broadcasting"),
        (lambda m, x: m.head(x.mean((2, 3))).softmax(0), "another axis than the scores'"),
        (lambda m, x: torch.einsum("nchw,kc->nk", x, m.head.weight), "einsum .* products of two secrets"),
        (lambda m, x: torch.where(x > 0, x, 0.0), "gt .* use ReLU"),
        (lambda m, x: m.head(x.mean((2, 3)) + torch.randn_like(x.mean((2, 3)))), "randn_like .* nothing random"),
        (lambda m, x: torch.cat([x, x], 2), "another axis"),
        (lambda m, x: x.mean(1), "mean"),
        (lambda m, x: torch.sigmoid(x), "sigmoid"),
        (lambda m, x: m.head(x.mean((2, 3)).softmax(1)), "after softmax"),
        (lambda m, x: x.view(-1, 4), "view"),
    ],
)
def test_unsupported_functions_are_named(rest: Callable[[Body, torch.Tensor], torch.Tensor], named: str) -> None:
    with pytest.raises(UnsupportedLayer, match=named):
        trace(Body(rest), SHAPE)


@pytest.mark.parametrize(
    "module,message",
    [
        (nn.Sequential(nn.Conv2d(4, 4, 3)), "takes 4 channels, is given 3"),
        (nn.Sequential(nn.Conv2d(3, 4, 13)), "does not fit"),
        (nn.Sequential(nn.Flatten(), nn.Linear(7, 2)), "takes 7 values, is given 360"),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), "at least two scores"),
        (nn.Bilinear(3, 3, 3), "more than one input"),
        (Body(lambda m, x: x if x.sum() > 0 else -x), "must not branch"),
        (Body(lambda m, x: (x, x)), "one tensor of scores"),
    ],
)
def test_networks_that_do_not_fit(module: nn.Module, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        trace(module, SHAPE)


def test_scores_that_chance_makes_are_refused() -> None:
    class Noisy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x).mean((2, 3)) + torch.randn(4)

    with pytest.raises(BundleError, match="other scores for the same image"):
        trace(Noisy(), SHAPE)


@pytest.mark.parametrize("draw", [lambda: float(torch.rand(1)), np.random.random, random.random])
def test_whoever_draws_in_eval_mode_is_refused_though_it_changed_nothing_now(draw: Callable[[], float]) -> None:
    """A branch left out by chance is left out of two runs by chance too."""
    module = Body(lambda m, x: m.head((x + 1.0 if draw() > 2 else x).mean((2, 3))))
    with pytest.raises(BundleError, match="draws random numbers"):
        trace(module, SHAPE)


def test_inference_mode_is_refused_by_name() -> None:
    def forward(m: Body, x: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return m.head(F.relu(x + 1).mean((2, 3)))

    with pytest.raises(BundleError, match=r"torch\.no_grad"):
        trace(Body(forward), SHAPE)


def test_what_torch_export_made_is_refused_by_name() -> None:
    made = torch.export.export(Body(lambda m, x: m.head(x.mean((2, 3)))).eval(), (images(2, SHAPE, 0),)).module()
    with pytest.raises(BundleError, match=r"the torch\.nn\.Module that torch\.export was given"):
        trace(made, SHAPE)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("kind", ["script", "trace"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torchscript_is_refused_by_name(kind: str, inside: bool) -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    made = torch.jit.script(plain) if kind == "script" else torch.jit.trace(plain, torch.rand(1, *SHAPE))
    with pytest.raises(UnsupportedLayer, match=r"TorchScript .* use the torch\.nn\.Module"):
        trace(nn.Sequential(made) if inside else made, SHAPE)


def test_weights_that_are_not_finite_are_refused() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 5), nn.Flatten())
    module[0].weight.data[0] = float("nan")
    with pytest.raises(BundleError, match="not finite"):
        trace(module, SHAPE)


def test_layers_that_stay_in_training_mode_are_refused() -> None:
    class Always(nn.Dropout):
        def train(self, mode: bool = True) -> Always:
            return super().train(True)

    with pytest.raises(UnsupportedLayer, match="always on"):
        trace(nn.Sequential(nn.Conv2d(3, 4, 3), Always(), nn.Flatten(), nn.Linear(320, 3)), SHAPE)
