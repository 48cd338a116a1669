"""Weights are rounded; what that shifts on average is given back with the bias."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from snni.compile.calibrate import encode_image, image_shape, measure, read_images
from snni.compile.compiler import real_graph
from snni.compile.emit import emit
from snni.compile.graph import evaluate
from snni.compile.lower import lower
from snni.compile.rings import choose_rings
from snni.compile.scales import choose_scales
from snni.model.reference import Reference
from tests.snni.compile.networks import images

torch.set_num_threads(1)
SHAPE = (4, 9, 7)


def flat(count: int) -> torch.Tensor:
    """Images of one colour each, so that a tap sees its channel's mean or padding."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(60, 256, (count, 4, 1, 1), generator=generator).expand(count, *SHAPE).float() / 255


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(4, 6, 3, padding=1),
        nn.Conv2d(4, 6, (5, 3), stride=(2, 1), padding=(2, 0)),
        nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2),
        nn.Conv2d(4, 4, 3, padding=1, groups=4),
    ],
)
def test_no_channel_is_shifted_on_average(conv: nn.Conv2d) -> None:
    """Mean of (real - integer) over the calibration images: half a unit of the accumulator, from the bias alone."""
    torch.manual_seed(1)
    conv.reset_parameters()
    conv.weight.data[0, 0, 0, 0] = 4.0  # a large weight makes the grid coarse for the others
    module = nn.Sequential(conv, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    batches = read_images([flat(12)])
    lowered = lower(real_graph(module, image_shape(batches)))
    statistics = measure(lowered.graph, batches)
    scales = choose_scales(lowered, statistics)
    plan, weights = emit(lowered.graph, statistics, scales, choose_rings(lowered.graph, statistics, scales), "x")
    name, reference = lowered.graph.nodes[1].name, Reference(plan, weights)
    real = evaluate(lowered.graph, batches[0])[name].double().numpy()
    pixels = encode_image(batches[0]).numpy()
    integer = np.stack([reference.run(image).values[name] for image in pixels]) * scales.scale[name]
    shift = (real - integer).mean(axis=(0, 2, 3)) / scales.scale[name]
    assert np.abs(shift).max() <= 0.51
    assert np.abs(real - integer).max() / scales.scale[name] > 5


def test_scores_are_nearer_than_rounding_alone_would_leave_them() -> None:
    """Positive activations through three layers: mean errors far below what uncorrected roundings accumulate."""
    torch.manual_seed(2)
    layers = [nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    module = nn.Sequential(*layers, nn.Linear(16, 4)).eval()
    batches = read_images([images(24, (3, 16, 16), 0)])
    lowered = lower(real_graph(module, image_shape(batches)))
    statistics = measure(lowered.graph, batches)
    scales = choose_scales(lowered, statistics)
    rings = choose_rings(lowered.graph, statistics, scales)
    none = {name: np.zeros_like(mean) for name, mean in statistics.channel_mean.items()}
    x = images(24, (3, 16, 16), 9)
    wanted = module(encode_image(x).float() / 255).detach().double().numpy()

    def error(means: dict[str, np.ndarray]) -> float:
        statistics.channel_mean.update(means)
        reference = Reference(*emit(lowered.graph, statistics, scales, rings, "x"))
        scores = np.stack([reference.run(image).scores for image in encode_image(x).numpy()])
        return float(np.abs((scores * scales.scale[lowered.graph.output] - wanted).mean(axis=0)).max())

    corrected = error({})
    assert corrected < error(none) / 3
