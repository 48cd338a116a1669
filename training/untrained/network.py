"""Networks with drawn weights, whose batch norms and scores are set from drawn faces: for measurement only.

Weights: K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers", arXiv 1502.01852, section 2.2, seeded. Batch
norm has the statistics of the drawn faces; the last layer's bias centres the scores on them, so that levels differ
from face to face.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.data.build import samples_of
from training.networks.registry import network
from training.synth.splits import seed_of

PEOPLE = 3
FIRST_PERSON = 90_000
"""Of the training split's seeds; beyond those that training draws."""


def drawn_faces(shape: tuple[int, int, int], people: int = PEOPLE) -> NDArray[np.uint8]:
    """Aligned crops of drawn people, uint8 [N, C, H, W]; grey where C is 1."""
    crops = [
        sample.crop for number in range(people) for sample in samples_of(seed_of("train", FIRST_PERSON + number))[0]
    ]
    channels, height, width = shape
    small = [cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA) for crop in crops]
    if channels == 1:
        return np.stack([cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[None] for crop in small])
    return np.ascontiguousarray(np.stack(small).transpose(0, 3, 1, 2))


def drawn_network(name: str, faces: NDArray[np.uint8], seed: int, **options: object) -> nn.Module:
    """The network ``name`` made with ``options``, in evaluation mode. Raises KeyError: no such network."""
    x = torch.from_numpy(faces).float() / 255
    with _seeded(seed), torch.no_grad():
        made = network(name).factory(**options)
        for module in made.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        _settle(made, x)
        _centre(made, x)
    return made


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch's generator seeded, and put back after."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _settle(made: nn.Module, x: Tensor) -> None:
    """Running statistics of x in every batch norm: one pass with momentum 1, then evaluation mode."""
    norms = [module for module in made.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    made.eval()
    for norm in norms:
        norm.train()
    if norms:
        made(x)
    made.eval()
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum


def _centre(made: nn.Module, x: Tensor) -> None:
    """The last layer's scores get mean 0 over x; 1 where a ReLU follows, so that it passes them."""
    last = [module for module in made.modules() if isinstance(module, nn.Conv2d | nn.Linear)][-1]
    if last.bias is None:
        return
    seen: list[Tensor] = []
    hook = last.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    made(x)
    hook.remove()
    scores = seen[0].flatten(2).mean(2) if seen[0].ndim == 4 else seen[0]
    lifted = float(scores.std()) if seen[0].ndim == 4 else 0.0
    last.bias.sub_(scores.mean(0) - lifted)
