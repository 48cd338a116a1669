"""A network whose every value is one secret in many places: 1x1 convolutions on a picture of one grey.

Each position is then an instance of the same inference, so that one run shows thousands of draws of every share. It has
every operation that draws: convolution, ReLU, clip, max-pool, rescale, argmax.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from snni.compile.compiler import compile_network
from snni.model.bundle import Bundle

SIDE = 64


class Plane(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = nn.Conv2d(1, 2, 1), nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1)
        self.last = nn.Conv2d(2, 3, 1)
        self.clip, self.pool = nn.Hardtanh(0, 0.5), nn.MaxPool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.clip(self.pool(self.second(torch.relu(self.first(x)))))
        return self.last(x + torch.relu(self.third(x))).mean(dim=(2, 3))


@lru_cache(maxsize=2)
def plane(side: int = SIDE) -> Bundle:
    """Of random weights; a picture is side x side."""
    torch.manual_seed(3)
    torch.set_num_threads(1)
    greys = torch.rand(8, 1, 1, 1).expand(8, 1, side, side).contiguous()
    return compile_network(Plane().eval(), list(greys), "plane").bundle


def grey(value: int, side: int = SIDE) -> NDArray[np.uint8]:
    return np.full((1, side, side), value, np.uint8)
