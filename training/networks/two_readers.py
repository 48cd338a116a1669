"""face-api's expression network with a second reader for drawn faces, and a switch that says which of them speaks.

A network that learns a second kind of picture forgets the first. So the expression network stays as it is to the bit,
and what is new only reads its features: those of its second and third block, averaged to 7x7, go through one hidden
layer. Its units but the last are the second reader; the last is the doubt t >= 0 that the face is drawn, and
s = relu(1 - t) is the switch: 0 for a photograph, 1 for a drawn face.

Each reader answers with one number z, higher for more pain, of which

    v_1 = relu(z_1 + B - 2 B s),  v_2 = relu(z_2 - B + 2 B s),  z = v_1 + v_2 - B

leaves the first reader's where s is 0, the second one's where it is 1, and between them nothing above the higher of the
two: in doubt a face is calm. It holds for z within -B and B; below -B z counts as -B, which is calm as well.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks.expression import WIDTHS, ExpressionNet

GRID = 7
"""Cells a side of the features that the second reader sees."""
HIDDEN = 32
"""Units of the second reader; one more is the switch's."""
BOUND = 32.0
"""B."""


class TwoReaders(nn.Module):
    """float [n, 3, 224, 224] RGB in [0, 1] to scores, float [n, classes]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        first = ExpressionNet(1)
        self.halve, self.dense0, self.dense1 = first.halve, first.dense0, first.dense1
        self.dense2, self.dense3, self.pool = first.dense2, first.dense3, first.pool
        self.by_four, self.by_two = nn.AvgPool2d(4), nn.AvgPool2d(2)
        self.low = nn.Linear(WIDTHS[1] * GRID * GRID, HIDDEN + 1, bias=False)
        self.middle = nn.Linear(WIDTHS[2] * GRID * GRID, HIDDEN + 1)
        self.switch = nn.Linear(HIDDEN + 1, 1)
        self.first = nn.Linear(WIDTHS[3], 2)
        self.second = nn.Linear(HIDDEN + 1, 2)
        self.gate = nn.Linear(1, 2, bias=False)
        self.levels = nn.Linear(2, classes)
        nn.init.constant_(self.first.bias, BOUND)

    def features(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of the same x, float: [n, 256] what the first reader reads; [n, 3136] and [n, 6272] what the second does."""
        low = self.dense1(self.dense0(self.halve(x)))
        middle = self.dense2(low)
        whole = torch.flatten(self.pool(self.dense3(middle)), 1)
        return whole, torch.flatten(self.by_four(low), 1), torch.flatten(self.by_two(middle), 1)

    def forward(self, x: Tensor) -> Tensor:
        """As the module says."""
        whole, low, middle = self.features(x)
        hidden = functional.relu(self.low(low) + self.middle(middle))
        drawn = functional.relu(self.switch(hidden))
        return self.levels(functional.relu(self.first(whole) + self.second(hidden) + self.gate(drawn)))


def two_readers(classes: int = 4) -> TwoReaders:
    """With drawn weights but for the first convolution's, and answers of about B: below 0 a reader would be silent."""
    return TwoReaders(classes)
