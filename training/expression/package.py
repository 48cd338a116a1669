"""Weights out of the npm package `@vladmandic/face-api`: one model's two files, pinned by their SHA-256.

The format is TensorFlow.js' weights manifest: JSON that gives each tensor's name, shape and, where it was quantised,
scale and smallest value; and one file of their bytes, one tensor after the other. A byte q is the number
q * scale + min. Tensors go into training.networks.expression under its own names, in torch's order of axes.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faces.image import Picture
from training.errors import WeightsError

VERSION = "1.7.15"
FOLDER, NAME = "model", "face_expression_model"
MANIFEST, TENSORS = f"{NAME}-weights_manifest.json", f"{NAME}.bin"
SHA256 = {
    MANIFEST: "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8",
    TENSORS: "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
}
"""Of the files in the package's version 1.7.15."""
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
"""What the package's seven scores are of, in their order."""
HOW_TO_GET = f"get it with `npm pack @vladmandic/face-api@{VERSION}`"

SAMPLES = tuple(f"demo/sample{number}.jpg" for number in range(1, 7))
"""Photographs that the package shows its work on; most people on them smile."""
LICENSE = "LICENSE"

Reals = NDArray[np.float32]


def read_package(path: Path) -> dict[str, Tensor]:
    """The expression network's state dict, seven classes.

    Args:
        path: of the archive that `npm pack` writes, or of the package's folder.

    Raises:
        WeightsError: there is none, or its files are not the pinned ones.
    """
    manifest, content = (_pinned(path, name) for name in (MANIFEST, TENSORS))
    return {name: tensor for entry, array in _arrays(manifest, content) for name, tensor in _placed(entry, array)}


def read_notice(path: Path) -> str:
    """The package's copyright notice and permission. Raises WeightsError: it has none."""
    try:
        return _read(path, LICENSE).decode("utf-8")
    except (OSError, KeyError, tarfile.TarError, UnicodeDecodeError) as error:
        raise WeightsError(path, f"no package with {LICENSE} ({type(error).__name__}); {HOW_TO_GET}") from error


def read_samples(path: Path) -> list[Picture]:
    """The package's photographs, uint8 [H, W, 3] RGB; none where it was installed without them."""
    found = []
    for name in SAMPLES:
        try:
            content = _read(path, name)
        except (OSError, KeyError, tarfile.TarError):
            continue
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if decoded is not None:
            found.append(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8))
    return found


def _pinned(path: Path, name: str) -> bytes:
    try:
        content = _read(path, f"{FOLDER}/{name}")
    except (OSError, KeyError, tarfile.TarError) as error:
        raise WeightsError(path, f"no package with {FOLDER}/{name} ({type(error).__name__}); {HOW_TO_GET}") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise WeightsError(path, f"{FOLDER}/{name} is not that of version {VERSION}; {HOW_TO_GET}")
    return content


def _read(path: Path, name: str) -> bytes:
    if path.is_dir():
        return (path / name).read_bytes()
    with tarfile.open(path) as archive:
        member = archive.extractfile(f"package/{name}")
        if member is None:
            raise KeyError(name)
        return member.read()


def _arrays(manifest: bytes, content: bytes) -> Iterator[tuple[str, Reals]]:
    """Name and numbers of each tensor, float32, in TensorFlow's order of axes."""
    at = 0
    for entry in json.loads(manifest)[0]["weights"]:
        count = int(np.prod(entry["shape"]))
        quantised: dict[str, Any] | None = entry.get("quantization")
        found = np.frombuffer(content, np.uint8 if quantised else np.float32, count, at)
        at += found.nbytes
        numbers = found.astype(np.float64)
        if quantised is not None:
            numbers = numbers * quantised["scale"] + quantised["min"]
        yield entry["name"], numbers.astype(np.float32).reshape(entry["shape"])


def _placed(name: str, array: Reals) -> Iterator[tuple[str, Tensor]]:
    """Under the network's names, torch's order of axes, and a stride of two's kernel as networks.expression says."""
    block, _, kind = name.rpartition("/")
    module = block.replace("/", ".")
    if module == "fc":
        yield f"fc.{'weight' if kind == 'weights' else 'bias'}", _tensor(array.T)
    elif kind == "bias":
        yield f"{module}.bias" if module == "dense0.conv0" else f"{module}.pointwise.bias", _tensor(array)
    elif kind == "filters":
        yield f"{module}.weight", _tensor(_shifted(array.transpose(3, 2, 0, 1)))
    elif kind == "pointwise_filter":
        yield f"{module}.pointwise.weight", _tensor(array.transpose(3, 2, 0, 1))
    else:
        kernel = array.transpose(2, 3, 0, 1)
        yield f"{module}.depthwise.weight", _tensor(_shifted(kernel) if module.endswith("conv0") else kernel)


def _shifted(kernel: Reals) -> Reals:
    """[out, in, 3, 3] to [out, in, 4, 4]: a first row and a first column of zeros."""
    return np.pad(kernel, ((0, 0), (0, 0), (1, 0), (1, 0)))


def _tensor(array: Reals) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
