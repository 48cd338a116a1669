"""A package in the format of the real one, with other numbers; and drawn crops that stand for faces."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from training.data.dataset import Crops
from training.expression import grey_package, package
from training.expression.grey_package import MODEL, PREFIX
from training.expression.npm import LICENSE
from training.expression.package import FOLDER, MANIFEST, TENSORS
from training.networks.expression import WIDTHS

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
    manifest = json.dumps([{"weights": entries, "paths": [Path(TENSORS).name]}]).encode()
    for name, text in ((MANIFEST, manifest), (TENSORS, content)):
        (folder / name).write_bytes(text)
        monkeypatch.setitem(package.SHA256, name, hashlib.sha256(text).hexdigest())
    (folder / LICENSE).write_text("MIT License\n")
    return folder, arrays


def grey_shapes() -> dict[str, tuple[int, ...]]:
    """As the published model has them, in its order of weights, but for an axis among them."""
    found: dict[str, tuple[int, ...]] = {}
    for number, (channels, out, kernel) in enumerate(((1, 32, 3), (32, 64, 3), (64, 128, 1), (128, 256, 1)), 1):
        found[f"{PREFIX}conv2d_{number}/Conv2D_weights"] = (kernel, kernel, channels, out)
        found[f"{PREFIX}conv2d_{number}/Conv2D_bn_offset"] = (out,)
    for number, (depthwise, channels, out) in enumerate(
        (("unknown_9", 64, 128), ("unknown_15", 128, 128), ("unknown_26", 128, 256), ("unknown_32", 256, 256)), 1
    ):
        found[depthwise] = (3, 3, channels, 1)
        found[f"{PREFIX}separable_conv2d_{number}/separable_conv2d_weights"] = (1, 1, channels, out)
        found[f"{PREFIX}separable_conv2d_{number}/separable_conv2d_bn_offset"] = (out,)
    return found | {"unknown_43": (3, 3, 256, 7), "unknown_44": (7,)}


@pytest.fixture
def grey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Arrays]:
    """The other package, likewise; its model names an axis before its weights, as the real one does."""
    rng, arrays = np.random.default_rng(6), {}
    entries = [{"name": "reduction_indices", "shape": [2], "dtype": "int32"}]
    content = np.array([1, 2], np.int32).tobytes()
    for name, shape in grey_shapes().items():
        scale = 0.1 if len(shape) == 1 else 1.5 / np.sqrt(np.prod(shape[:-1]) if shape[-1] > 1 else 9)
        array = arrays[name.removeprefix(PREFIX)] = rng.normal(0, scale, shape).astype(np.float32)
        entries.append({"name": name, "shape": list(shape), "dtype": "float32"})
        content += array.tobytes()
    folder = tmp_path / "grey"
    (folder / "models").mkdir(parents=True)
    model = json.dumps({"weightsManifest": [{"weights": entries, "paths": ["emotion.bin"]}]}).encode()
    for name, text in ((MODEL, model), (grey_package.TENSORS, content)):
        (folder / name).write_bytes(text)
        monkeypatch.setitem(grey_package.SHA256, name, hashlib.sha256(text).hexdigest())
    (folder / LICENSE).write_text("MIT License, of the other\n")
    return folder, arrays


def squares(count: int, seed: int) -> Crops:
    """Level n is n quarters of a bright square, under noise: nobody's faces, learnt in seconds."""
    rng = np.random.default_rng(seed)
    levels = np.arange(count) % 4
    images = rng.normal(90, 20, (count, 224, 224, 3))
    for image, level in zip(images, levels, strict=True):
        image[40 : 40 + 36 * level, 40:180] += 100
    units = np.zeros((count, 10), np.float32)
    return Crops(images.clip(0, 255).astype(np.uint8), levels, units, np.arange(count) + 1000 * seed)
