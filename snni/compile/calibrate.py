"""What the values of a network look like on real images: peaks for rings and windows, typical sizes for scales."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from snni.compile.graph import Graph, Real, Sizes, evaluate
from snni.errors import BundleError, ParameterError

PIXEL_LEVELS = 255
TYPICAL_QUANTILE = 0.999
_SAMPLES = 1 << 18


@dataclass(frozen=True)
class Statistics:
    """Over the calibration images, in real units.

    ``peak`` is max |v|, ``spread`` max v - min v, ``typical`` the 99.9 % quantile of |v|. For each channel,
    ``channel_peak`` is max |v|, ``channel_mean`` the mean of v over all images, ``channel_power`` the mean of v^2 and
    ``channel_active`` the share of v > 0, these two in the image with most.
    """

    peak: dict[str, float]
    spread: dict[str, float]
    typical: dict[str, float]
    channel_peak: dict[str, Real]
    channel_mean: dict[str, Real]
    channel_power: dict[str, Real]
    channel_active: dict[str, Real]


def read_images(calibration: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Batches [N, C, H, W] as the network will see them: float32, round(255 x) / 255.

    Args:
        calibration: images [C, H, W] or batches [N, C, H, W], float in [0, 1] or uint8 pixels, one shape.

    Raises:
        ParameterError: no image, another shape or type, or values outside [0, 1].
    """
    batches: list[torch.Tensor] = []
    for item in calibration:
        batch = item[None] if item.ndim == 3 else item
        if batch.ndim != 4 or 0 in batch.shape:
            raise ParameterError(f"calibration image of shape {list(item.shape)}; give [N, C, H, W] or [C, H, W]")
        if batches and batch.shape[1:] != batches[0].shape[1:]:
            raise ParameterError(f"calibration images of {list(batch.shape[1:])} and {list(batches[0].shape[1:])}")
        batches.append(encode_image(batch).float() / PIXEL_LEVELS)
    if not batches:
        raise ParameterError("no calibration image")
    return batches


def encode_image(x: torch.Tensor) -> torch.Tensor:
    """round(255 x) as int64, for float x in [0, 1]; uint8 pixels as they are.

    Raises:
        ParameterError: another type, or values that are not in [0, 1].
    """
    if x.dtype == torch.uint8:
        return x.long()
    if not x.is_floating_point():
        raise ParameterError(f"images of {x.dtype}; give floats in [0, 1] or uint8 pixels")
    if not bool(((x >= 0) & (x <= 1)).all()):
        raise ParameterError("image values outside [0, 1]; divide 8-bit pixels by 255 and leave out normalisation")
    return (x * PIXEL_LEVELS).round().long()


def image_shape(batches: Sequence[torch.Tensor]) -> Sizes:
    """[C, H, W] of the images."""
    channels, height, width = batches[0].shape[1:]
    return int(channels), int(height), int(width)


def measure(graph: Graph, batches: Sequence[torch.Tensor]) -> Statistics:
    """Statistics of every value of ``graph``; one image is evaluated at a time. Raises BundleError: one is not finite,
    or too large to be squared."""
    count = sum(len(batch) for batch in batches)
    per_image = max(64, min(1 << 14, _SAMPLES // count))
    high = {node.name: np.full(node.shape[0], -np.inf) for node in graph}
    low = {node.name: np.full(node.shape[0], np.inf) for node in graph}
    mean = {node.name: np.zeros(node.shape[0]) for node in graph}
    power = {node.name: np.zeros(node.shape[0]) for node in graph}
    active = {node.name: np.zeros(node.shape[0]) for node in graph}
    samples: dict[str, list[Real]] = {node.name: [] for node in graph}
    rng = np.random.default_rng(0)
    for image in (batch[i : i + 1] for batch in batches for i in range(len(batch))):
        for name, value in evaluate(graph, image).items():
            array = value[0].double().numpy()
            flat = np.abs(array).reshape(-1)
            np.maximum(high[name], array.max(axis=(1, 2)), out=high[name])
            np.minimum(low[name], array.min(axis=(1, 2)), out=low[name])
            mean[name] += array.mean(axis=(1, 2)) / count
            np.maximum(power[name], (array**2).mean(axis=(1, 2)), out=power[name])
            np.maximum(active[name], (array > 0).mean(axis=(1, 2)), out=active[name])
            samples[name].append(flat if flat.size <= per_image else rng.choice(flat, per_image))
    for name in power:
        if not np.isfinite(power[name]).all():
            raise BundleError(f"{name}: values that no arithmetic holds; this network's training has diverged")
    channel_peak = {name: np.maximum(high[name], -low[name]) for name in high}
    return Statistics(
        peak={name: float(peak.max()) for name, peak in channel_peak.items()},
        spread={name: float(high[name].max() - low[name].min()) for name in high},
        typical={name: float(np.quantile(np.concatenate(s), TYPICAL_QUANTILE)) for name, s in samples.items()},
        channel_peak=channel_peak,
        channel_mean=mean,
        channel_power=power,
        channel_active=active,
    )
