"""A network of few values with every kind of dealing, and a picture whose level no rounding changes."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from snni.compile.compiler import compile_network
from snni.model.reference import Reference
from tests.snni.multiparty.prove.servers import Three


class Little(nn.Module):
    """Convolution, maxima with truncation, a gate with extension, argmax."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 2, 3), nn.Linear(2 * 2 * 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.flatten(torch.max_pool2d(torch.relu(self.conv(x)), 2), 1))


def little(directory):
    """Three servers' shares of it, a picture, its level."""
    torch.manual_seed(2)
    torch.set_num_threads(1)
    bundle = compile_network(Little().eval(), list(torch.rand(16, 1, 6, 6)), "little").bundle
    reference, rng = Reference(bundle.plan, bundle.weights), np.random.default_rng(0)
    pictures = rng.integers(0, 256, (200, *bundle.plan.input_shape), np.uint8)
    sure = [picture for picture in pictures if len(set(reference.draws(picture, 64).argmax(axis=1).tolist())) == 1]
    margins = [np.diff(np.sort(np.asarray(reference.run(picture).scores).reshape(-1))[-2:])[0] for picture in sure]
    picture = sure[int(np.argmax(margins))]
    return Three(bundle, directory), picture[None], reference.run(picture).level
