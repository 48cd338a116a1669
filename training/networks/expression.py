"""The expression network of face-api: dense blocks of depthwise separable convolutions; no batch norm, no max-pool.

Source: V. Mühler and V. Mandic, face-api, https://github.com/vladmandic/face-api (MIT): `faceFeatureExtractor`,
`faceProcessor`. Convolutions: F. Chollet, "Xception", arXiv 1610.02357; each block adds up what its steps made, after
G. Huang et al., "Densely connected convolutional networks", arXiv 1608.06993.

Differs in form, not in what is computed: TensorFlow pads a stride of 2 at the right and at the bottom only, which is a
4x4 kernel whose first row and column are zero, padded on all sides. Its input is 112x112; a crop of 224x224 is averaged
two by two and freed of the mean colour by one first convolution, so that the next one's padding is the mean colour.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

INPUT_SHAPE = (3, 224, 224)
WIDTHS = (32, 64, 128, 256)
STEPS = 4
MEAN = (122.782, 117.001, 104.298)
"""Of its training pictures, red, green and blue in 0..255."""


class Separable(nn.Module):
    """Each channel's own 3x3 convolution, then one that mixes channels. float [n, c, h, w] to [n, out, ...]."""

    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3 if stride == 1 else 4, stride, 1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.pointwise(self.depthwise(x))


class Block(nn.Module):
    """Half the size, then three steps, each on the sum of all before it. float [n, c, h, w] to [n, out, h/2, w/2]."""

    def __init__(self, channels: int, out: int, *, first: bool = False) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(channels, out, 4, 2, 1) if first else Separable(channels, out, 2)
        self.conv1, self.conv2, self.conv3 = (Separable(out, out) for _ in range(STEPS - 1))

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        one = functional.relu(self.conv0(x))
        two = self.conv1(one)
        three = self.conv2(functional.relu(one + two))
        both = one + two + three
        return functional.relu(both + self.conv3(functional.relu(both)))


class ExpressionNet(nn.Module):
    """float [n, 3, 224, 224] RGB in [0, 1] to scores, float [n, classes]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.halve = nn.Conv2d(3, 3, 2, 2, groups=3)
        self.dense0 = Block(3, WIDTHS[0], first=True)
        self.dense1, self.dense2, self.dense3 = (Block(before, width) for before, width in pairwise(WIDTHS))
        self.pool = nn.AvgPool2d(7)
        self.fc = nn.Linear(WIDTHS[-1], classes)
        with torch.no_grad():
            self.halve.weight.fill_(0.25)
            self.halve.bias.copy_(-torch.tensor(MEAN) / 255)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        x = self.dense3(self.dense2(self.dense1(self.dense0(self.halve(x)))))
        return self.fc(torch.flatten(self.pool(x), 1))


def expression_net(classes: int = 7) -> ExpressionNet:
    """With drawn weights but for the first convolution's, which are what they are for."""
    return ExpressionNet(classes)
