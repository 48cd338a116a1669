"""MobileNetV3 small and large under torchvision's names, and the part of them that secure inference can run.

Source: A. Howard et al., "Searching for MobileNetV3", arXiv 1905.02244, tables 1 and 2.

Hard-swish and squeeze-and-excitation multiply two secret values, for which the secure engine has no protocol: the
networks as published (``published=True``) are refused by the compiler, by name. Without it hard-swish is ReLU and the
excitations are left out (identity); names and shapes of everything else stay, so a public checkpoint loads with
``strict=False``, and must be trained on before it is of use.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from training.networks.mobilenet_v2 import divisible

CLASSES = 1000
INPUT_SHAPE = (3, 224, 224)
NORM = partial(nn.BatchNorm2d, eps=0.001, momentum=0.01)


@dataclass(frozen=True)
class Row:
    """One row of the paper's tables: kernel, expanded and output channels, whether it excites, hard-swish, stride."""

    kernel: int
    expanded: int
    out: int
    excites: bool
    swish: bool
    stride: int


SMALL = (
    Row(3, 16, 16, True, False, 2), Row(3, 72, 24, False, False, 2), Row(3, 88, 24, False, False, 1),
    Row(5, 96, 40, True, True, 2), Row(5, 240, 40, True, True, 1), Row(5, 240, 40, True, True, 1),
    Row(5, 120, 48, True, True, 1), Row(5, 144, 48, True, True, 1), Row(5, 288, 96, True, True, 2),
    Row(5, 576, 96, True, True, 1), Row(5, 576, 96, True, True, 1),
)  # fmt: skip
LARGE = (
    Row(3, 16, 16, False, False, 1), Row(3, 64, 24, False, False, 2), Row(3, 72, 24, False, False, 1),
    Row(5, 72, 40, True, False, 2), Row(5, 120, 40, True, False, 1), Row(5, 120, 40, True, False, 1),
    Row(3, 240, 80, False, True, 2), Row(3, 200, 80, False, True, 1), Row(3, 184, 80, False, True, 1),
    Row(3, 184, 80, False, True, 1), Row(3, 480, 112, True, True, 1), Row(3, 672, 112, True, True, 1),
    Row(5, 672, 160, True, True, 2), Row(5, 960, 160, True, True, 1), Row(5, 960, 160, True, True, 1),
)  # fmt: skip


class Excitation(nn.Module):
    """Each channel times a hard sigmoid of all channels' means (squeeze-and-excitation). [N, C, H, W] -> the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = divisible(channels // 4)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.ReLU()
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return x * self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x)))))


def _conv(
    channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1, activation: type[nn.Module] | None = None
) -> nn.Sequential:
    conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, NORM(out), *([activation(inplace=True)] if activation is not None else []))


class InvertedResidual(nn.Module):
    """Expand, depthwise, excite, project; with a shortcut where the shape stays."""

    def __init__(self, channels: int, row: Row, published: bool) -> None:
        super().__init__()
        activation: type[nn.Module] = nn.Hardswish if row.swish and published else nn.ReLU
        layers: list[nn.Module] = []
        if row.expanded != channels:
            layers.append(_conv(channels, row.expanded, 1, activation=activation))
        layers.append(_conv(row.expanded, row.expanded, row.kernel, row.stride, row.expanded, activation))
        if row.excites:
            layers.append(Excitation(row.expanded) if published else nn.Identity())
        layers.append(_conv(row.expanded, row.out, 1))
        self.block = nn.Sequential(*layers)
        self.shortcut = row.stride == 1 and channels == row.out

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return x + self.block(x) if self.shortcut else self.block(x)


class MobileNetV3(nn.Module):
    """float [N, 3, 224, 224] RGB -> scores float [N, classes]."""

    def __init__(self, rows: tuple[Row, ...], hidden: int, classes: int, published: bool) -> None:
        super().__init__()
        activation: type[nn.Module] = nn.Hardswish if published else nn.ReLU
        layers, channels = [_conv(3, 16, 3, 2, activation=activation)], 16
        for row in rows:
            layers.append(InvertedResidual(channels, row, published))
            channels = row.out
        layers.append(_conv(channels, 6 * channels, 1, activation=activation))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(6 * channels, hidden), activation(inplace=True), nn.Dropout(0.2), nn.Linear(hidden, classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def mobilenet_v3_small(classes: int = CLASSES, *, published: bool = False) -> MobileNetV3:
    """2,542,856 parameters at 1000 classes as published."""
    return MobileNetV3(SMALL, 1024, classes, published)


def mobilenet_v3_large(classes: int = CLASSES, *, published: bool = False) -> MobileNetV3:
    """5,483,032 parameters at 1000 classes as published."""
    return MobileNetV3(LARGE, 1280, classes, published)
