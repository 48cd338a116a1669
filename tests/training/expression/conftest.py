"""Packages in the formats of the real ones, with other numbers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.expression.published import Arrays, grey_shapes, shapes
from training.expression import grey_package, package
from training.expression.grey_package import MODEL, PREFIX
from training.expression.npm import LICENSE
from training.expression.package import FOLDER, MANIFEST, TENSORS


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
