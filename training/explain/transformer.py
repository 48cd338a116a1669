"""What a vision transformer sees: where each head of its last layer looks, and what its patches are like.

Attention of [CLS] in the last layer, head by head: M. Caron et al., "Emerging properties in self-supervised vision
transformers", arXiv 2104.14294, section 4.2.2. It says where the network looks, not what for.

The first three principal components of the patches' features as red, green and blue: M. Oquab et al., "DINOv2",
arXiv 2304.07193, section 7.5. They are those of all crops together, so that a colour means the same in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.explain.maps import Map, Pixels
from training.explain.network import Activations, leaning
from training.networks.dinov2 import PATCH_PX, Dinov2

COLOURS = 3
SPREAD = (2.0, 98.0)
"""Percentiles of a component that become black and full colour."""


@dataclass(frozen=True)
class Components:
    """pictures: for each crop uint8 [H / 14, W / 14, 3]. explained: the part of the variance that each has, 0..1."""

    pictures: list[NDArray[np.uint8]]
    explained: tuple[float, ...]


def attention_maps(network: Dinov2, pixels: Pixels) -> list[Map]:
    """Of uint8 [3, H, W]: for each head float64 [H / 14, W / 14], how much [CLS] takes of each patch, 0..1."""
    with torch.no_grad():
        looks = network.attention(_inputs(pixels))[0, :, 0, 1:].double().numpy()
    return [np.asarray(one.reshape(_places(pixels)), np.float64) for one in looks]


def components(network: Dinov2, crops: Sequence[Pixels]) -> Components:
    """Of uint8 [3, H, W] each, all of one size."""
    with torch.no_grad():
        patches = np.stack([network.tokens(_inputs(pixels))[0, 1:].double().numpy() for pixels in crops])
    flat = patches.reshape(-1, patches.shape[2])
    centred = flat - flat.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    order = np.argsort(values)[::-1][:COLOURS]
    chosen = axes[:, order]
    # an axis has no direction of its own: the one with the larger sum, so that the same crops give the same colours
    chosen = chosen * np.where(chosen.sum(axis=0) < 0, -1.0, 1.0)
    found = centred @ chosen
    low, high = np.percentile(found, SPREAD, axis=0)
    colours = np.clip((found - low) / np.maximum(high - low, 1e-12), 0, 1)
    pictures = (255 * colours).round().astype(np.uint8).reshape(len(crops), *_places(crops[0]), COLOURS)
    total = max(float(values.sum()), 1e-12)
    return Components(list(pictures), tuple(float(values[index]) / total for index in order))


def transformer_cam(network: Dinov2, pixels: Pixels) -> Map:
    """Grad-CAM (see maps.py) of the patches as the last layer reads them: float64 [H, W], at least 0."""
    found = read_patches(network, pixels)
    weights = found.slope.mean(dim=(1, 2), keepdim=True)
    coarse = torch.relu((weights * found.features).sum(dim=0)).numpy().astype(np.float64)
    return np.asarray(cv2.resize(coarse, pixels.shape[:0:-1], interpolation=cv2.INTER_LINEAR), np.float64)


def read_patches(network: Dinov2, pixels: Pixels) -> Activations:
    """Scores, and the patches that the last layer's first norm gives with the leaning's slope: [width, H / 14, W / 14].

    What comes after the last layer would not do: the head takes the patches' mean, so its slope is the same everywhere.
    """
    seen: list[torch.Tensor] = []
    hook = network.encoder["layer"][-1].norm1.register_forward_hook(lambda _module, _inputs, given: seen.append(given))
    try:
        with torch.enable_grad():
            scores = network(_inputs(pixels).requires_grad_(True)).reshape(-1)
            (slope,) = torch.autograd.grad(leaning(scores), seen[0])
    finally:
        hook.remove()
    features, slopes = (one.detach()[0, 1:].T.unflatten(1, _places(pixels)) for one in (seen[0], slope))
    return Activations(scores.detach(), features, slopes)


def _inputs(pixels: Pixels) -> torch.Tensor:
    return torch.from_numpy(pixels[None].copy()).float() / 255


def _places(pixels: Pixels) -> tuple[int, int]:
    return pixels.shape[1] // PATCH_PX, pixels.shape[2] // PATCH_PX
