"""MobileNetV2 under torchvision's names, so that its public checkpoints load. It compiles as it is.

Source: M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen, "MobileNetV2: Inverted Residuals and Linear
Bottlenecks", arXiv 1801.04381, table 2. Depthwise convolutions, ReLU6, sums that no ReLU follows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLASSES = 1000
INPUT_SHAPE = (3, 224, 224)
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, blocks, stride of the first block."""


def divisible(width: float, divisor: int = 8) -> int:
    """The multiple of divisor nearest to width, at least 0.9 width, as the authors round channels."""
    rounded = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * width else rounded


def conv_norm(
    channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1, activation: type[nn.Module] | None = None
) -> nn.Sequential:
    """Convolution, batch norm and, where given, an activation; padded so that stride alone changes the map."""
    layers: list[nn.Module] = [
        nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
    ]
    if activation is not None:
        layers.append(activation(inplace=True))
    return nn.Sequential(*layers)


class InvertedResidual(nn.Module):
    """Expand by 1x1, a depthwise 3x3, project by 1x1; with a shortcut where the shape stays."""

    def __init__(self, channels: int, out: int, stride: int, expansion: int, activation: type[nn.Module]) -> None:
        super().__init__()
        width = channels * expansion
        layers: list[nn.Module] = [conv_norm(channels, width, 1, activation=activation)] if expansion != 1 else []
        layers += [
            conv_norm(width, width, 3, stride, groups=width, activation=activation),
            nn.Conv2d(width, out, 1, bias=False),
            nn.BatchNorm2d(out),
        ]
        self.conv = nn.Sequential(*layers)
        self.shortcut = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return x + self.conv(x) if self.shortcut else self.conv(x)


class MobileNetV2(nn.Module):
    """float [N, 3, 224, 224] RGB -> scores float [N, classes]."""

    def __init__(self, classes: int, width: float, activation: type[nn.Module]) -> None:
        super().__init__()
        channels, last = divisible(32 * width), divisible(1280 * max(1.0, width))
        layers: list[nn.Module] = [conv_norm(3, channels, 3, 2, activation=activation)]
        for expansion, base, depth, stride in STAGES:
            out = divisible(base * width)
            for index in range(depth):
                layers.append(InvertedResidual(channels, out, 1 if index else stride, expansion, activation))
                channels = out
        layers.append(conv_norm(channels, last, 1, activation=activation))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1)), 1))


def mobilenet_v2(classes: int = CLASSES, width: float = 1.0, activation: type[nn.Module] = nn.ReLU6) -> MobileNetV2:
    """3,504,872 parameters at 1000 classes.

    width: factor of every layer's channels. activation: nn.ReLU halves the comparisons, for a network trained with it.
    """
    return MobileNetV2(classes, width, activation)
