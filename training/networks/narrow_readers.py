"""The network of three readers with the lower halves of two of them made narrower: half the comparisons.

What secure inference pays for is comparisons, and most of them are where pictures are large. A short stack of plain
convolutions there has learnt what the wide one makes (training/narrow); what reads these features has its shape of
before. In secure inference a plain convolution costs what a separable one of the same kernel does, which is multiplied
out there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.networks import grey_reader
from training.networks.expression import WIDTHS
from training.networks.three_readers import ThreeReaders


class Residual(nn.Module):
    """Half the size, then one step that is added: float [n, c, h, w] to [n, out, h/2, w/2], negative values left in.

    Source: K. He et al., "Deep residual learning for image recognition", arXiv 1512.03385.
    """

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, out, 3, 2, 1)
        self.step = nn.Conv2d(out, out, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        x = self.down(x)
        return x + self.step(functional.relu(x))


class Lower(nn.Module):
    """In place of the expression network's two lower blocks: float [n, 3, 224, 224] in [0, 1] to [n, 64, 28, 28].

    As much of the picture is behind each of its values as behind the wide one's, by kernels of 5x5. The first one sees
    whole pixels, from no further than the picture's edge: nothing is averaged, freed of a mean colour or padded.
    """

    def __init__(self) -> None:
        super().__init__()
        narrow, wide = WIDTHS[:2]
        self.stem = nn.Conv2d(3, narrow, 8, 4)
        self.down = nn.Conv2d(narrow, wide, 5, 2, 2)
        self.step0, self.step1 = nn.Conv2d(wide, wide, 5, 1, 2), nn.Conv2d(wide, wide, 5, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        one = functional.relu(self.down(functional.relu(self.stem(x))))
        two = functional.relu(one + self.step0(one))
        return functional.relu(one + two + self.step1(two))

    def begin(self, halve: nn.Conv2d, first: nn.Conv2d) -> None:
        """With a stem that sees what the wide network's first two convolutions see, but for the padding."""
        with torch.no_grad():
            assert halve.bias is not None and first.bias is not None and self.stem.bias is not None
            mean, kernel = halve.bias, first.weight
            self.stem.weight.copy_(kernel.repeat_interleave(2, 2).repeat_interleave(2, 3) / 4)
            self.stem.bias.copy_(first.bias + torch.einsum("oihw,i->o", kernel, mean))


class NarrowGreyReader(nn.Module):
    """In place of the grey reader: float [n, 3, 224, 224] RGB in [0, 1] to answers, float [n, answers]."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        narrow, before, middle, wide = grey_reader.WIDTHS
        self.grey = nn.Conv2d(3, narrow, grey_reader.KERNEL, grey_reader.STRIDE)
        self.conv = nn.Conv2d(narrow, before, 3)
        self.halved, self.quartered = Residual(before, middle), Residual(middle, wide)
        self.answer = nn.Conv2d(wide, answers, 3, padding=1)
        self.mean = nn.AvgPool2d(grey_reader.LAST_SIDE)

    def features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As the grey reader's."""
        half = self.halved(functional.relu(self.conv(functional.relu(self.grey(x)))))
        return half, self.quartered(functional.relu(half))

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return torch.flatten(self.mean(self.answer(self.features(x)[1])), 1)


class NarrowReaders(ThreeReaders):
    """float [n, 3, 224, 224] RGB in [0, 1] to scores, float [n, classes]."""

    third: nn.Module

    def __init__(self, classes: int) -> None:
        super().__init__(classes)
        del self.halve, self.dense0, self.dense1
        self.lower = Lower()
        self.third = NarrowGreyReader(2)

    def lowest(self, x: Tensor) -> Tensor:
        """In place of the two lower blocks."""
        return self.lower(x)


def narrow_readers(classes: int = 4) -> NarrowReaders:
    """With drawn weights."""
    return NarrowReaders(classes)
