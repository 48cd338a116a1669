"""A small ConvNet that finds the landmarks of an aligned face: a heat map for each, and its centre of mass.

Source: X. Sun, B. Xiao, F. Wei, S. Liang, Y. Wei, "Integral human pose regression", arXiv 1711.08229: the place is the
mean of a softmax over the map, so that it is finer than the map's cells and the error is of the place itself. Coarse
and fine features are joined as in T.-Y. Lin et al., "Feature pyramid networks", arXiv 1612.03144.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUT_PX = 112
CELLS = 28
WIDTH = 64


def conv(channels: int, out: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, batch norm, ReLU."""
    return nn.Sequential(nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True))


class Landmarker(nn.Module):
    """float [N, 3, 112, 112] RGB in [0, 1] -> float [N, points, 2]: (x, y) as parts of the sides, 0..1."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(conv(3, 24, 2), conv(24, 48, 2))
        self.middle = nn.Sequential(conv(48, WIDTH, 2), conv(WIDTH, WIDTH))
        self.coarse = nn.Sequential(conv(WIDTH, 96, 2), conv(96, WIDTH))
        self.lateral = nn.Conv2d(48, WIDTH, 1)
        self.join_middle, self.join_fine = conv(WIDTH, WIDTH), conv(WIDTH, WIDTH)
        self.maps = nn.Conv2d(WIDTH, points, 1)
        centres = (torch.arange(CELLS) + 0.5) / CELLS
        self.register_buffer("centres", centres, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        fine = self.fine(x)
        middle = self.middle(fine)
        middle = self.join_middle(middle + functional.interpolate(self.coarse(middle), scale_factor=2))
        joined = self.join_fine(self.lateral(fine) + functional.interpolate(middle, scale_factor=2))
        heat = torch.softmax(self.maps(joined).flatten(2), 2).unflatten(2, (CELLS, CELLS))
        return torch.stack([(heat.sum(2) * self.centres).sum(2), (heat.sum(3) * self.centres).sum(2)], 2)
