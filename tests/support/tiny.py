"""A network small enough for bits: seven by seven pixels, every kind of step that two active parties compute."""

import torch
from torch import nn

from snni.compile.compiler import compile_network
from snni.model.bundle import Bundle
from tests.support.once import once


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(1, 2, 3, stride=2, padding=1)
        self.b = nn.Conv2d(2, 2, 3, padding=1, groups=2)
        self.c = nn.Conv2d(2, 2, 1)
        self.mean = nn.AvgPool2d(2)
        self.head = nn.Linear(4 * 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.a(x))
        y = torch.relu(self.b(x) + x)
        y = torch.cat([y, torch.relu(self.c(y))], 1)
        return self.head(torch.flatten(self.mean(y), 1))


@once
def tiny() -> Bundle:
    """A 1x7x7 network of three levels with random weights."""
    torch.manual_seed(8)
    torch.set_num_threads(1)
    return compile_network(Tiny().eval(), list(torch.rand(16, 1, 7, 7)), "tiny_toy").bundle
