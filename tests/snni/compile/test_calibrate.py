"""Images are encoded as the client encodes them; statistics are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from snni.compile.calibrate import encode_image, measure, read_images
from snni.compile.compiler import compile_network
from snni.compile.graph import evaluate
from snni.compile.trace import trace
from snni.errors import BundleError, ParameterError
from tests.snni.compile.networks import images

torch.set_num_threads(1)


def test_images_are_rounded_to_pixels() -> None:
    x = torch.tensor([0.0, 0.5 / 255 - 1e-6, 0.5 / 255 + 1e-6, 1.0]).reshape(1, 1, 2, 2)
    assert encode_image(x).reshape(-1).tolist() == [0, 0, 1, 255]
    (batch,) = read_images([x[0]])
    assert batch.shape == (1, 1, 2, 2)
    assert (batch * 255).reshape(-1).tolist() == [0, 0, 1, 255]


def test_bytes_are_taken_as_pixels() -> None:
    pixels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(encode_image(pixels), pixels.long())
    assert torch.equal(encode_image(pixels / 255), pixels.long())


@pytest.mark.parametrize(
    "calibration,message",
    [
        ([], "no calibration image"),
        ([torch.zeros(4, 4)], r"\[4, 4\]"),
        ([torch.zeros(0, 3, 4, 4)], r"\[0, 3, 4, 4\]"),
        ([torch.zeros(3, 4, 4), torch.zeros(3, 4, 5)], r"\[3, 4, 5\]"),
        ([torch.zeros(3, 4, 4, dtype=torch.int32)], "int32"),
        ([torch.full((3, 4, 4), 1.01)], "divide 8-bit pixels by 255"),
        ([torch.full((3, 4, 4), -0.01)], "outside"),
        ([torch.full((3, 4, 4), float("nan"))], "outside"),
    ],
)
def test_wrong_images_are_refused(calibration: list[torch.Tensor], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        read_images(calibration)


def test_statistics_are_those_of_all_images() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1)).eval()
    graph = trace(module, (3, 8, 8))
    x = images(6, (3, 8, 8), 0)
    found = measure(graph, [x[:4], x[4:]])
    for name, value in evaluate(graph, x).items():
        array = value.double().numpy()
        assert found.peak[name] == pytest.approx(np.abs(array).max(), rel=1e-5)
        assert found.spread[name] == pytest.approx(array.max() - array.min(), rel=1e-5)
        assert found.typical[name] == pytest.approx(np.quantile(np.abs(array), 0.999), rel=1e-4)
        assert np.allclose(found.channel_peak[name], np.abs(array).max(axis=(0, 2, 3)), rtol=1e-5)
        assert np.allclose(found.channel_power[name], (array**2).mean(axis=(2, 3)).max(axis=0), rtol=1e-4)
        assert np.allclose(found.channel_active[name], (array > 0).mean(axis=(2, 3)).max(axis=0))


def test_a_network_that_has_diverged_is_refused_in_a_line():
    """Weights that are finite can make values that are not."""
    torch.manual_seed(0)
    layers = (
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 4),
    )
    network = nn.Sequential(*layers).eval()
    with torch.no_grad():
        network[0].bias[0] = 1e38
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (8, 1, 8, 8), np.uint8))
    with pytest.raises(BundleError, match="diverged"):
        compile_network(network, pixels, "diverged")
