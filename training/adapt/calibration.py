"""Images for the compiler that show nobody: drawn faces, with photographs' contrast.

Photographs would be better ones, and would lie in the run's folder. How much larger values photographs make is measured
instead, while they are at hand: the compiler leaves room for values twice as large as those of the calibration.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from training.data.batch import Shape
from training.data.inputs import fitted
from training.data.pictures import Pictures, spread
from training.runs.folder import CALIBRATION_CROPS
from training.runs.start import Start

CONTRAST = 1.5
"""Of the second half of the images: photographs have more of it than drawings."""
PHOTOGRAPHS = 64


def calibration_of(drawn: Pictures, shape: Shape, seed: int) -> Tensor:
    """float32 [n, C, H, W] in [0, 1], all levels alike."""
    chosen = spread(drawn.levels, CALIBRATION_CROPS, np.random.default_rng(seed))
    crops = np.stack([drawn.crop(int(index)) for index in chosen])
    plain = torch.from_numpy(np.stack(fitted(crops, shape))).float() / 255
    mean = plain.mean((2, 3), keepdim=True)
    return torch.cat([plain, ((plain - mean) * CONTRAST + mean).clamp(0, 1)])


def room(network: nn.Module, images: Tensor, photographs: Pictures, start: Start) -> float:
    """The largest value that a layer takes on photographs, as a multiple of its largest on the images: the worst."""
    count = min(PHOTOGRAPHS, len(photographs.levels))
    some = np.linspace(0, len(photographs.levels) - 1, count).round().astype(int)
    crops = np.stack([photographs.crop(int(index)) for index in some])
    seen = torch.from_numpy(np.stack(fitted(crops, start.shape))).float() / 255
    known, found = peaks(network, images), peaks(network, seen)
    return max(found[name] / known[name] for name in known if known[name] > 0)


def peaks(network: nn.Module, images: Tensor) -> dict[str, float]:
    """Each layer's largest absolute value."""
    found: dict[str, float] = {}

    def watch(name: str) -> torch.utils.hooks.RemovableHandle:
        def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            found[name] = max(found.get(name, 0.0), float(output.abs().max()))

        return network.get_submodule(name).register_forward_hook(keep)

    layers = [name for name, module in network.named_modules() if name and not list(module.children())]
    handles = [watch(name) for name in layers]
    try:
        with torch.inference_mode():
            for part in images.split(8):
                network(part)
    finally:
        for handle in handles:
            handle.remove()
    return found
