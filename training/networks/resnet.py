"""ResNet18 and ResNet50 under torchvision's names, so that its public checkpoints load.

Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", arXiv 1512.03385, table 1; the
bottleneck's stride lies in its 3x3 convolution ("v1.5"), as in torchvision's checkpoints.

Input: RGB in [0, 1]; for checkpoints trained on (x - mean) / std see imagenet.py.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

CLASSES = 1000
INPUT_SHAPE = (3, 224, 224)
Pool = Literal["max", "average"]


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut. [N, channels, H, W] -> [N, width, H / stride, W / stride]."""

    expansion = 1

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions beside a shortcut. [N, channels, H, W] -> [N, 4 width, H / stride, W / stride]."""

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        out = width * self.expansion
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(channels, out, stride)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


def _shortcut(channels: int, out: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and channels == out:
        return None
    return nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))


class ResNet(nn.Module):
    """float [N, 3, 224, 224] -> scores float [N, classes]; other sides that are multiples of 32 will do."""

    def __init__(
        self, block: type[BasicBlock] | type[Bottleneck], depths: tuple[int, int, int, int], classes: int, pool: Pool
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if pool == "max" else nn.AvgPool2d(2, 2)
        channels = 64
        for number, depth in enumerate(depths):
            width, blocks = 64 << number, []
            for index in range(depth):
                blocks.append(block(channels, width, 2 if number and not index else 1))
                channels = width * block.expansion
            self.add_module(f"layer{number + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def resnet18(classes: int = CLASSES, pool: Pool = "max") -> ResNet:
    """11,689,512 parameters at 1000 classes. pool: after the first convolution; "average" needs no comparisons."""
    return ResNet(BasicBlock, (2, 2, 2, 2), classes, pool)


def resnet50(classes: int = CLASSES, pool: Pool = "max") -> ResNet:
    """25,557,032 parameters at 1000 classes. pool: as of resnet18."""
    return ResNet(Bottleneck, (3, 4, 6, 3), classes, pool)
