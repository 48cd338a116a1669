"""SqueezeNet v1.1, as torchvision names its parts, and a twin with batch norm that trains faster and folds into it.

Source: F. N. Iandola, S. Han, M. W. Moskewicz, K. Ashraf, W. J. Dally, K. Keutzer, "SqueezeNet: AlexNet-level accuracy
with 50x fewer parameters and <0.5 MB model size", arXiv 1602.07360; v1.1 is the authors' later release.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

LEVELS = 4
Pool = Literal["max", "average"]
INPUT_PX = 224
FIRES = {3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128),
         9: (256, 48, 192), 10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256)}  # fmt: skip
"""Index in `features` -> channels in, squeezed, and of each of the two expansions."""
POOLS = (2, 5, 8)
CLASSIFIER = 1
"""Index in `classifier` of its convolution."""


class Fire(nn.Module):
    """Squeeze by 1x1, expand by 1x1 and 3x3 side by side. float [N, channels, H, W] -> [N, 2 * expanded, H, W]."""

    def __init__(self, channels: int, squeezed: int, expanded: int, norm: bool = False) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, kernel_size=1)
        self.squeeze_norm = nn.BatchNorm2d(squeezed) if norm else None
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, kernel_size=1)
        self.expand1x1_norm = nn.BatchNorm2d(expanded) if norm else None
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, kernel_size=3, padding=1)
        self.expand3x3_norm = nn.BatchNorm2d(expanded) if norm else None
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        x = self.squeeze(x)
        if self.squeeze_norm is not None:
            x = self.squeeze_norm(x)
        x = self.squeeze_activation(x)
        narrow, wide = self.expand1x1(x), self.expand3x3(x)
        if self.expand1x1_norm is not None and self.expand3x3_norm is not None:
            narrow, wide = self.expand1x1_norm(narrow), self.expand3x3_norm(wide)
        return torch.cat([self.expand1x1_activation(narrow), self.expand3x3_activation(wide)], 1)


class SqueezeNet(nn.Module):
    """float [N, 3, 224, 224] RGB in [0, 1] -> float [N, classes], scores of at least 0.

    Args:
        classes: how many.
        norm: batch norm after every convolution but the last, and a first one in place of fixed normalisation.
        dropout: before the classifier, while training.
        pool: what lessens the map; an average needs no comparisons.
    """

    def __init__(self, classes: int = LEVELS, *, norm: bool = False, dropout: float = 0.5, pool: Pool = "max") -> None:
        super().__init__()
        self.input_norm = nn.BatchNorm2d(3, affine=False) if norm else None
        first = nn.Conv2d(3, 64, kernel_size=3, stride=2)
        self.features = nn.Sequential()
        for index in range(max(FIRES) + 1):
            self.features.add_module(str(index), self._part(index, first, norm, pool))
        self.first_norm = nn.BatchNorm2d(64) if norm else None
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Conv2d(512, classes, kernel_size=1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1)
        )

    @staticmethod
    def _part(index: int, first: nn.Module, norm: bool, pool: Pool) -> nn.Module:
        if index in FIRES:
            return Fire(*FIRES[index], norm=norm)
        if index in POOLS:
            return nn.AvgPool2d(3, 2) if pool == "average" else nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        return first if index == 0 else nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return torch.flatten(self.classifier(self.embed(x)), 1)

    def embed(self, x: Tensor) -> Tensor:
        """What the classifier sees: float [N, 512, 13, 13] of a 224 x 224 input."""
        if self.first_norm is None:
            return self.features(x)
        if self.input_norm is not None:
            x = self.input_norm(x)
        return self.features[1:](self.first_norm(self.features[0](x)))


def squeezenet_v1_1(classes: int = LEVELS, pool: Pool = "max") -> SqueezeNet:
    """Plain SqueezeNet v1.1: the state dict has torchvision's names and nothing else. Averages need no comparisons."""
    return SqueezeNet(classes, pool=pool)


def initialised(classes: int = LEVELS, *, dropout: float = 0.3) -> SqueezeNet:
    """The twin with batch norm, initialised for training from nothing. Seed torch first."""
    network = SqueezeNet(classes, norm=True, dropout=dropout)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    last = network.classifier[CLASSIFIER]
    nn.init.normal_(last.weight, std=0.02)
    nn.init.constant_(last.bias, 1.0)  # alive under the ReLU after it
    return network
