"""face-api's expression network out of the npm package `@vladmandic/face-api`: one model's two files, and photographs.

Tensors go into training.networks.expression under its own names, in torch's order of axes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from faces.image import Picture
from training.errors import WeightsError
from training.expression.npm import Package, Reals, tensors

VERSION = "1.7.15"
FOLDER, NAME = "model", "face_expression_model"
MANIFEST, TENSORS = f"{FOLDER}/{NAME}-weights_manifest.json", f"{FOLDER}/{NAME}.bin"
SHA256 = {
    MANIFEST: "5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8",
    TENSORS: "9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
}
"""Of the files in the package's version 1.7.15."""
FACE_API = Package("@vladmandic/face-api", VERSION, SHA256)
EXPRESSIONS = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
"""What the package's seven scores are of, in their order."""

SAMPLES = tuple(f"demo/sample{number}.jpg" for number in range(1, 7))
"""Photographs that the package shows its work on; most people on them smile."""


def read_package(path: Path) -> dict[str, Tensor]:
    """The expression network's state dict, seven classes.

    Args:
        path: of the archive that `npm pack` writes, or of the package's folder.

    Raises:
        WeightsError: there is none, or its files are not the pinned ones.
    """
    manifest, content = (FACE_API.pinned(path, name) for name in (MANIFEST, TENSORS))
    entries = json.loads(manifest)[0]["weights"]
    return {name: tensor for entry, array in tensors(entries, content) for name, tensor in _placed(entry, array)}


def read_samples(path: Path) -> list[Picture]:
    """The package's photographs, uint8 [H, W, 3] RGB; none where it was installed without them."""
    found = []
    for name in SAMPLES:
        try:
            content = FACE_API.file(path, name)
        except WeightsError:
            continue
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if decoded is not None:
            found.append(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8))
    return found


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
