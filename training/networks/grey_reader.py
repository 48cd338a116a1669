"""The emotion network of face_classification: separable convolutions over a grey face, maxima and shortcuts.

Source: O. Arriaga, M. Valdenegro-Toro, P. Plöger, "Real-time convolutional neural networks for emotion and gender
classification", arXiv 1710.07557, and https://github.com/oarriaga/face_classification (MIT), `big_XCEPTION`, after F.
Chollet, "Xception", arXiv 1610.02357. Batch norms are folded into the convolutions.

Differs in form, not in what is computed: its grey picture of 64x64, each pixel the mean of 3.5 by 3.5 of a crop's, and
the first convolution are one convolution of the crop. A stride of 2 is one of 7 there, a kernel's 3 reach over 10.5.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks.expression import Separable

WIDTHS = (32, 64, 128, 256)
KERNEL, STRIDE = 11, 7
"""Of the first convolution, in pixels of a crop: two pixels of the grey picture are 7 of a crop."""
LAST_SIDE = 8
"""Of the features that are averaged."""


class GreyReader(nn.Module):
    """float [n, 3, 224, 224] RGB in [0, 1] to answers, float [n, answers]."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        narrow, before, middle, wide = WIDTHS
        self.grey = nn.Conv2d(3, narrow, KERNEL, STRIDE)
        self.conv = nn.Conv2d(narrow, before, 3)
        self.beside0, self.sep0, self.sep1 = _step(before, middle)
        self.beside1, self.sep2, self.sep3 = _step(middle, wide)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.answer = nn.Conv2d(wide, answers, 3, padding=1)
        self.mean = nn.AvgPool2d(LAST_SIDE)

    def features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Of the same x, float [n, 128, 15, 15] and [n, 256, 8, 8]: after each halving, negative values left in."""
        x = functional.relu(self.conv(functional.relu(self.grey(x))))
        half = self.pool(self.sep1(functional.relu(self.sep0(x)))) + self.beside0(x)
        steps = self.sep3(functional.relu(self.sep2(functional.relu(half))))
        return half, self.pool(steps) + self.beside1(half)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return torch.flatten(self.mean(self.answer(self.features(x)[1])), 1)


def _step(channels: int, out: int) -> tuple[nn.Conv2d, Separable, Separable]:
    """The shortcut of half the size, and the two convolutions beside it."""
    return nn.Conv2d(channels, out, 1, 2), Separable(channels, out), Separable(out, out)
