"""What a network of three readers makes of crops on its way to the levels: what a narrower one is to make as well.

Matching features on the way as well as answers follows A. Romero et al., "FitNets: hints for thin deep nets", arXiv
1412.6550: it teaches every place of every picture, also of pictures that show no face.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.networks.three_readers import ThreeReaders

WEIGHTS = (0.3, 1.0, 1.0, 0.5, 0.5)
"""Of the maps in the loss, in the order of Reading: the higher a map, the less it must be made by one way alone."""
ANSWERED = 0.1
"""Of answers in the loss, beside maps whose errors count in their own spread, once there are maps to speak of."""
NEAR = 2.0
"""Errors of an answer beyond it count by their size, those below by their square: z goes from -32 to 32."""
DOUBT = 16.0
"""From 0 to 1 of it the answer goes from one reader to the other: an error there is one of z."""
SURE, BEYOND = (-0.5, 1.5), 0.02
"""Outside of these it says nothing that is not said already, and counts so much less."""
FLOOR = 1e-2
"""Of the mean variance, added to a channel's: one that hardly ever speaks is no more than noise."""


@dataclass(frozen=True)
class Reading:
    """maps: the expression network's second, third and fourth block, [n, 64, 28, 28], [n, 128, 14, 14] and
    [n, 256, 7, 7]; the grey reader's halves, [n, 128, 15, 15] and [n, 256, 8, 8]. answers: z_1 + B, z_2 and DOUBT times
    the doubt that a face is drawn, dulled outside of SURE, [n, 3]. All float."""

    maps: tuple[Tensor, ...]
    answers: Tensor

    def __len__(self) -> int:
        return len(self.answers)


def reading_of(network: ThreeReaders, x: Tensor) -> Reading:
    """x: float [n, 3, 224, 224] in [0, 1]."""
    low = network.lowest(x)
    middle = network.dense2(low)
    high = network.dense3(middle)
    whole = torch.flatten(network.pool(high), 1)
    half, quarter = network.third.features(x)
    third = torch.flatten(network.third.mean(network.third.answer(quarter)), 1)
    low_mean, middle_mean = network.means(low, middle)
    first = network.first(whole)[:, :1] + third[:, :1]
    second = network.second(network.cells(low, middle))[:, 1:]
    doubt = network.low_doubt(low_mean) + network.middle_doubt(middle_mean)
    near = doubt.clamp(*SURE)
    return Reading(
        (low, middle, high, half, quarter),
        torch.cat([first, second, DOUBT * (near + BEYOND * (doubt - near))], 1).float(),
    )


@dataclass(frozen=True)
class Measure:
    """variances: of each channel of each map, [1, c, 1, 1]; what errors there are counted in."""

    variances: tuple[Tensor, ...]

    @classmethod
    def of(cls, reading: Reading) -> Measure:
        """By what a teacher made of some crops."""
        spread = [one.float().var((0, 2, 3), keepdim=True) for one in reading.maps]
        return cls(tuple(one + FLOOR * one.mean() for one in spread))

    def errors(self, found: Reading, wanted: Reading) -> Tensor:
        """Of each map, the mean square of its errors over its variance: float [5]."""
        pairs = zip(found.maps, wanted.maps, self.variances, strict=True)
        return torch.stack(
            [((ours.float() - theirs.float()).square() / spread).mean() for ours, theirs, spread in pairs]
        )

    def loss(self, found: Reading, wanted: Reading, answered: float = ANSWERED) -> Tensor:
        """float []. answered: the weight of answers."""
        maps = (self.errors(found, wanted) * torch.tensor(WEIGHTS)).sum()
        return maps + answered * functional.smooth_l1_loss(found.answers, wanted.answers, beta=NEAR)
