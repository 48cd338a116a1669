"""face-api's expression network with a second reader for drawn faces, and a switch that says which of them speaks.

A network that learns a second kind of picture forgets the first. So the expression network stays as it is to the bit,
and what is new only reads its features. Those of its second block, where lids and wrinkles still have their place, and
of its third go together into 14x14 cells, these into 7x7, and one hidden layer reads them: the second reader. The
switch reads the means of the same features over the picture: its doubt t >= 0 that the face is drawn gives
s = relu(1 - t), 0 for a photograph, 1 for a drawn face.

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

LOW_SIDE, MIDDLE_SIDE, CELLS_SIDE = 28, 14, 7
"""Of the second block's and the third block's features, and of the second reader's last cells."""
MIXED, NARROW, HIDDEN = 32, 48, 32
"""Channels of its cells of 14x14 and of 7x7, and its hidden units."""
BOUND = 32.0
"""B."""


class Cells(nn.Module):
    """What the second reader makes of features, float [n, 64, 28, 28] and [n, 128, 14, 14]: its hidden units [n, 32].

    With a dropout before the hidden units while it learns.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.low = nn.Conv2d(WIDTHS[1], MIXED, 3, 2, 1, bias=False)
        self.middle = nn.Conv2d(WIDTHS[2], MIXED, 1)
        self.narrow = nn.Conv2d(MIXED, NARROW, 3, 2, 1)
        self.hidden = nn.Linear(NARROW * CELLS_SIDE * CELLS_SIDE, HIDDEN)
        self.dropout = nn.Dropout(dropout)

    def forward(self, low: Tensor, middle: Tensor) -> Tensor:
        """As the class says."""
        mixed = functional.relu(self.low(low) + self.middle(middle))
        narrow = torch.flatten(functional.relu(self.narrow(mixed)), 1)
        return functional.relu(self.hidden(self.dropout(narrow)))


class TwoReaders(nn.Module):
    """float [n, 3, 224, 224] RGB in [0, 1] to scores, float [n, classes]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        first = ExpressionNet(1)
        self.halve, self.dense0, self.dense1 = first.halve, first.dense0, first.dense1
        self.dense2, self.dense3, self.pool = first.dense2, first.dense3, first.pool
        self.cells = Cells()
        self.low_mean, self.middle_mean = nn.AvgPool2d(LOW_SIDE), nn.AvgPool2d(MIDDLE_SIDE)
        self.low_doubt = nn.Linear(WIDTHS[1], 1, bias=False)
        self.middle_doubt = nn.Linear(WIDTHS[2], 1)
        self.switch = nn.Linear(1, 1)
        self.first = nn.Linear(WIDTHS[3], 2)
        self.second = nn.Linear(HIDDEN, 2)
        self.gate = nn.Linear(1, 2, bias=False)
        self.levels = nn.Linear(2, classes)
        nn.init.constant_(self.first.bias, BOUND)

    def features(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of the same x, float: [n, 256] what the first reader reads; what Cells do."""
        low = self.lowest(x)
        middle = self.dense2(low)
        return torch.flatten(self.pool(self.dense3(middle)), 1), low, middle

    def lowest(self, x: Tensor) -> Tensor:
        """The second block's features, float [n, 64, 28, 28]."""
        return self.dense1(self.dense0(self.halve(x)))

    def photographed(self, x: Tensor, whole: Tensor) -> Tensor:
        """What is said of a photograph: z_1 + B and what of it a drawn face's answer gets, -B; float [n, 2]."""
        return self.first(whole)

    def means(self, low: Tensor, middle: Tensor) -> tuple[Tensor, Tensor]:
        """What the switch reads of Cells' features: float [n, 64] and [n, 128]."""
        return torch.flatten(self.low_mean(low), 1), torch.flatten(self.middle_mean(middle), 1)

    def forward(self, x: Tensor) -> Tensor:
        """As the module says."""
        whole, low, middle = self.features(x)
        low_mean, middle_mean = self.means(low, middle)
        doubt = functional.relu(self.low_doubt(low_mean) + self.middle_doubt(middle_mean))
        drawn = functional.relu(self.switch(doubt))
        spoken = self.photographed(x, whole) + self.second(self.cells(low, middle)) + self.gate(drawn)
        return self.levels(functional.relu(spoken))


def two_readers(classes: int = 4) -> TwoReaders:
    """With drawn weights but for the first convolution's, and answers of about B: below 0 a reader would be silent."""
    return TwoReaders(classes)
