"""Small networks with every kind of step, compiled for tests; rings and cryptography are the shipped ones."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from snni.compile.compiler import compile_network
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from tests.support.once import once


class Residual(nn.Module):
    """Strided, padded, grouped and depthwise convolutions, residual add, concat, both pools, a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.a = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.b = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.c = nn.Conv2d(8, 4, 1)
        self.mean = nn.AvgPool2d(2)
        self.head = nn.Linear(12 * 4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(torch.relu(self.norm(self.stem(x))))
        y = torch.relu(self.b(torch.relu(self.a(x))) + x)
        y = torch.cat([y, torch.relu(self.c(y))], 1)
        return self.head(torch.flatten(self.mean(y), 1))


@once
def residual() -> Bundle:
    """A 3x17x15 network of four levels with random weights."""
    torch.manual_seed(5)
    torch.set_num_threads(1)
    network = Residual().eval()
    images = list(torch.rand(16, 3, 17, 15))
    return compile_network(network, images, "residual_toy").bundle


class Forked(nn.Module):
    """Branches side by side, which share their flights: gates of one size, a gate after a gate, maxima."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.a, self.b = nn.Conv2d(6, 4, 1), nn.Conv2d(6, 4, 3, padding=1)
        self.c = nn.Conv2d(4, 4, 1)
        self.pool = nn.MaxPool2d(3, 1, padding=1)
        self.mean = nn.AvgPool2d(2)
        self.head = nn.Linear(14 * 9, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.stem(x))
        y = [torch.relu(self.a(x)), torch.relu(self.c(torch.relu(self.b(x)))), self.pool(x)]
        return self.head(torch.flatten(self.mean(torch.cat(y, 1)), 1))


@once
def forked() -> Bundle:
    """A 3x12x12 network of four levels with random weights."""
    torch.manual_seed(9)
    torch.set_num_threads(1)
    return compile_network(Forked().eval(), list(torch.rand(16, 3, 12, 12)), "forked_toy").bundle


class Little(nn.Module):
    """Few values of every kind: a convolution, maxima with truncation, gates with extension, an argmax."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 2, 3), nn.Linear(2 * 2 * 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.flatten(torch.max_pool2d(torch.relu(self.conv(x)), 2), 1))


@once
def little() -> Bundle:
    """A 1x6x6 network of three levels with random weights."""
    torch.manual_seed(2)
    torch.set_num_threads(1)
    return compile_network(Little().eval(), list(torch.rand(16, 1, 6, 6)), "little").bundle


def clear_picture(make: Callable[[], Bundle] = residual) -> tuple[NDArray[np.uint8], int]:
    """A picture whose level no rounding of the protocol can change, and that level.

    Of forty the one whose best score is furthest ahead: by dozens of standard deviations of what roundings make of it.
    """
    reference, rng = Reference(make().plan, make().weights), np.random.default_rng(3)
    pictures = rng.integers(0, 256, (40, *make().plan.input_shape), np.uint8)
    runs = [reference.run(picture) for picture in pictures]
    margins = [float(np.diff(np.sort(np.asarray(run.scores).reshape(-1))[-2:])[0]) for run in runs]
    best = int(np.argmax(margins))
    return pictures[best], runs[best].level


class Grey(nn.Module):
    """A little ConvNet for 48x48 grey crops."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(1, 4, 3, stride=2)
        self.b = nn.Conv2d(4, 4, 3, stride=2)
        self.head = nn.Conv2d(4, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.head(torch.relu(self.b(torch.relu(self.a(x)))))
        return x.mean(dim=(2, 3))


@once
def grey() -> Bundle:
    """A 1x48x48 network of four levels with random weights."""
    torch.manual_seed(6)
    torch.set_num_threads(1)
    return compile_network(Grey().eval(), list(torch.rand(16, 1, 48, 48)), "grey_toy").bundle
