"""FaceNet's Inception-ResNet v1 under facenet-pytorch's names, so that its public checkpoints load.

Source: F. Schroff, D. Kalenichenko, J. Philbin, "FaceNet: a unified embedding for face recognition and clustering",
arXiv 1503.03832; the network is that of C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi, "Inception-v4, Inception-ResNet
and the impact of residual connections on learning", arXiv 1602.07261, figures 10 to 14, with the residuals' scales and
the bottleneck of 512 of the public VGGFace2 weights (8631 people) and CASIA-WebFace weights (10575).

It serves for frozen features and as a teacher. The secure compiler reads it, the residuals' scales in the weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLASSES = 8631
"""People of VGGFace2 that the public weights tell apart."""
EMBEDDING = 512
INPUT_SHAPE = (3, 160, 160)
DROPOUT = 0.6
Size = int | tuple[int, int]


class ConvNorm(nn.Module):
    """Convolution without bias, batch norm, ReLU."""

    def __init__(self, channels: int, out: int, kernel: Size, stride: int = 1, padding: Size = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=0.001)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.relu(self.bn(self.conv(x)))


def row(channels: int, widths: tuple[int, ...], kernels: tuple[Size, ...], stride: int = 1) -> nn.Sequential:
    """ConvNorms one after the other. They keep the map's size, but for a last one with a stride, which does not pad."""
    layers = []
    for index, (width, kernel) in enumerate(zip(widths, kernels, strict=True)):
        last = stride if index == len(widths) - 1 else 1
        high, wide = (kernel, kernel) if isinstance(kernel, int) else kernel
        layers.append(ConvNorm(channels, width, kernel, last, (high // 2, wide // 2) if last == 1 else 0))
        channels = width
    return nn.Sequential(*layers)


class Residual(nn.Module):
    """Branches side by side, brought back to the input's channels, scaled, added to it. [N, C, H, W] -> the same."""

    def __init__(self, channels: int, branches: list[nn.Module], joined: int, scale: float, last: bool = False) -> None:
        super().__init__()
        for index, branch in enumerate(branches):
            self.add_module(f"branch{index}", branch)
        self.conv2d = nn.Conv2d(joined, channels, 1)
        self.relu = nn.Identity() if last else nn.ReLU()
        self.scale, self.count = scale, len(branches)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        joined = torch.cat([self.get_submodule(f"branch{index}")(x) for index in range(self.count)], 1)
        return self.relu(self.conv2d(joined) * self.scale + x)


class Reduction(nn.Module):
    """Branches of stride 2 side by side, the last a maximum. [N, C, H, W] -> [N, more, (H - 1) / 2, (W - 1) / 2]."""

    def __init__(self, branches: list[nn.Module]) -> None:
        super().__init__()
        for index, branch in enumerate([*branches, nn.MaxPool2d(3, stride=2)]):
            self.add_module(f"branch{index}", branch)
        self.count = len(branches) + 1

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return torch.cat([self.get_submodule(f"branch{index}")(x) for index in range(self.count)], 1)


def block35() -> Residual:
    """On 256 channels, 17 x 17 of the usual input."""
    branches = [ConvNorm(256, 32, 1), row(256, (32, 32), (1, 3)), row(256, (32, 32, 32), (1, 3, 3))]
    return Residual(256, branches, 96, 0.17)


def block17() -> Residual:
    """On 896 channels, 8 x 8."""
    branches = [ConvNorm(896, 128, 1), row(896, (128, 128, 128), (1, (1, 7), (7, 1)))]
    return Residual(896, branches, 256, 0.10)


def block8(scale: float, last: bool = False) -> Residual:
    """On 1792 channels, 3 x 3."""
    branches = [ConvNorm(1792, 192, 1), row(1792, (192, 192, 192), (1, (1, 3), (3, 1)))]
    return Residual(1792, branches, 384, scale, last)


class FaceNet(nn.Module):
    """float [N, 3, 160, 160] RGB in [0, 1] -> scores float [N, classes]. It standardises its input itself."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv2d_1a = ConvNorm(3, 32, 3, 2)
        self.conv2d_2a = ConvNorm(32, 32, 3)
        self.conv2d_2b = ConvNorm(32, 64, 3, padding=1)
        self.maxpool_3a = nn.MaxPool2d(3, stride=2)
        self.conv2d_3b = ConvNorm(64, 80, 1)
        self.conv2d_4a = ConvNorm(80, 192, 3)
        self.conv2d_4b = ConvNorm(192, 256, 3, 2)
        self.repeat_1 = nn.Sequential(*(block35() for _ in range(5)))
        self.mixed_6a = Reduction([ConvNorm(256, 384, 3, 2), row(256, (192, 192, 256), (1, 3, 3), 2)])
        self.repeat_2 = nn.Sequential(*(block17() for _ in range(10)))
        self.mixed_7a = Reduction(
            [row(896, (256, 384), (1, 3), 2), row(896, (256, 256), (1, 3), 2), row(896, (256, 256, 256), (1, 3, 3), 2)]
        )
        self.repeat_3 = nn.Sequential(*(block8(0.20) for _ in range(5)))
        self.block8 = block8(1.0, last=True)
        self.avgpool_1a = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(DROPOUT)
        self.last_linear = nn.Linear(1792, EMBEDDING, bias=False)
        self.last_bn = nn.BatchNorm1d(EMBEDDING, eps=0.001)
        self.logits = nn.Linear(EMBEDDING, classes)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.logits(self.embed(x))

    def embed(self, x: Tensor) -> Tensor:
        """What the head sees: float [N, 512]. Its direction is the face's, for those who compare people."""
        x = (x * 255 - 127.5) / 128
        x = self.maxpool_3a(self.conv2d_2b(self.conv2d_2a(self.conv2d_1a(x))))
        x = self.conv2d_4b(self.conv2d_4a(self.conv2d_3b(x)))
        x = self.repeat_2(self.mixed_6a(self.repeat_1(x)))
        x = self.block8(self.repeat_3(self.mixed_7a(x)))
        return self.last_bn(self.last_linear(self.dropout(torch.flatten(self.avgpool_1a(x), 1))))


def facenet(classes: int = CLASSES) -> FaceNet:
    """27,910,327 parameters at 8631 classes."""
    return FaceNet(classes)
