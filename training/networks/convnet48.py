"""A small network for grey 48x48 faces: [(CONV-RELU)-POOL]-[(CONV-RELU)*2-POOL]*2-[FC-RELU]*2-[FC].

Source: the ConvNet of S. Pentyala, R. Dowsley, M. De Cock, "Privacy-Preserving Video Classification with Convolutional
Neural Networks", arXiv 2102.03513 (1.48 million parameters); the widths are those of the common FER2013 network of
that form and size (1,485,831 parameters at seven classes).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

CLASSES = 4
INPUT_SHAPE = (1, 48, 48)
Pool = Literal["mixed", "max", "average"]


class ConvNet48(nn.Module):
    """float [N, 1, 48, 48] grey in [0, 1] -> scores float [N, classes].

    pool: "mixed" as published (a maximum, then two averages), or all alike; averages need no comparisons.
    """

    def __init__(self, classes: int = CLASSES, pool: Pool = "mixed", dropout: float = 0.2) -> None:
        super().__init__()
        first = nn.AvgPool2d if pool == "average" else nn.MaxPool2d
        later = nn.MaxPool2d if pool == "max" else nn.AvgPool2d
        self.features = nn.Sequential(
            *(nn.Conv2d(1, 64, 5), nn.ReLU(inplace=True), first(5, 2)),
            *(nn.Conv2d(64, 64, 3), nn.ReLU(inplace=True), nn.Conv2d(64, 64, 3), nn.ReLU(inplace=True), later(3, 2)),
            *(nn.Conv2d(64, 128, 3), nn.ReLU(inplace=True), nn.Conv2d(128, 128, 3), nn.ReLU(inplace=True), later(3, 2)),
        )
        self.classifier = nn.Sequential(
            *(nn.Linear(128, 1024), nn.ReLU(inplace=True), nn.Dropout(dropout)),
            *(nn.Linear(1024, 1024), nn.ReLU(inplace=True), nn.Dropout(dropout)),
            nn.Linear(1024, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.classifier(torch.flatten(self.features(x), 1))


def convnet48(classes: int = CLASSES, pool: Pool = "mixed") -> ConvNet48:
    """1,482,756 parameters at four classes, 1,485,831 at seven."""
    return ConvNet48(classes, pool)
