"""Descriptions kept on disk, a file for a backbone, its weights and the crops: heads train again in seconds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.backbones.backbone import Backbone, require_crops

BLOCK = 256
"""Crops that are described, and hashed, at once."""


def described(backbone: Backbone, images: NDArray[np.uint8], folder: Path) -> NDArray[np.float32]:
    """backbone.describe(images), from folder if it was asked before, else written there.

    Args:
        images: uint8 [n, 224, 224, 3]; the pixels themselves are part of the key, so that a file is never stale.
        folder: made where it is missing; files named <backbone>-<digest>.npy. It holds features of faces: guard it as
            the crops.

    Raises:
        ValueError: other pictures. OSError: the folder cannot be written.
    """
    require_crops(images)
    path = folder / f"{backbone.name}-{_key(backbone, images)}.npy"
    if path.is_file():
        kept = np.load(path, allow_pickle=False)
        if kept.dtype == np.float32 and kept.shape == (len(images), backbone.width):
            return np.asarray(kept, np.float32)
    blocks = [backbone.describe(images[first : first + BLOCK]) for first in range(0, max(1, len(images)), BLOCK)]
    features = np.concatenate(blocks)
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npy")
    np.save(partial, features)
    partial.replace(path)
    return features


def _key(backbone: Backbone, images: NDArray[np.uint8]) -> str:
    """Of everything the features depend on: 24 hexadecimal digits."""
    digest = hashlib.sha256(f"{backbone.name} {backbone.digest} {images.shape}".encode())
    for first in range(0, len(images), BLOCK):
        digest.update(np.ascontiguousarray(images[first : first + BLOCK]).data)
    return digest.hexdigest()[:24]
