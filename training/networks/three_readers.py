"""The network of two readers whose photographs are read by two networks: their answers are averaged.

Networks that learnt from other pictures, and see another size and no colour, err on other faces (B. Lakshminarayanan et
al., "Simple and scalable predictive uncertainty estimation using deep ensembles", arXiv 1612.01474): a calm face in
mid-speech that one of them takes for pain, the other does not. The second one is grey_reader's.
"""

from __future__ import annotations

from torch import Tensor

from training.networks.grey_reader import GreyReader
from training.networks.two_readers import TwoReaders


class ThreeReaders(TwoReaders):
    """float [n, 3, 224, 224] RGB in [0, 1] to scores, float [n, classes]."""

    def __init__(self, classes: int) -> None:
        super().__init__(classes)
        self.third = GreyReader(2)

    def photographed(self, x: Tensor, whole: Tensor) -> Tensor:
        """The third one's answer goes to the first one's, which is half of what it is alone (see joined.py)."""
        return super().photographed(x, whole) + self.third(x)


def three_readers(classes: int = 4) -> ThreeReaders:
    """With drawn weights but for the first convolution's."""
    return ThreeReaders(classes)
