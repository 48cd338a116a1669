"""Crops on disk, by what they were made of: the file's SHA-256, the frame, and how crops are made.

<folder>/<2 hex>/<62 hex>.png holds a crop, .none the reason why there is none. Either is written whole or not at all,
so that whoever was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import cv2
import numpy as np

from faces.image import Picture
from training.datasets.crop import METHOD
from training.datasets.errors import PictureError

CROPPED = "cropped"
REASONS = ("no face", "black", "not decoded")


def checksum_of(path: Path) -> str:
    """SHA-256 of a file, hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class CropCache:
    """A folder of crops. Several processes may write to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def outcome(self, checksum: str, frame: int) -> str | None:
        """CROPPED, one of REASONS, or None for what has not been tried."""
        place = self._place(checksum, frame)
        if place.with_suffix(".png").exists():
            return CROPPED
        try:
            reason = place.with_suffix(".none").read_text()
        except FileNotFoundError:
            return None
        return reason if reason in REASONS else None

    def put(self, checksum: str, frame: int, crop: Picture) -> None:
        """Keep a crop, uint8 [H, W, 3] RGB, without loss. Raises OSError."""
        there, data = cv2.imencode(".png", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
        if not there:
            raise PictureError(checksum, "cannot be encoded")
        self._write(self._place(checksum, frame).with_suffix(".png"), data.tobytes())

    def put_none(self, checksum: str, frame: int, reason: str) -> None:
        """Keep why there is no crop, one of REASONS. Raises ValueError, OSError."""
        if reason not in REASONS:
            raise ValueError(f"no such reason: {reason}")
        self._write(self._place(checksum, frame).with_suffix(".none"), reason.encode())

    def read(self, checksum: str, frame: int) -> Picture:
        """A crop that was put, uint8 [H, W, 3] RGB. Raises PictureError."""
        path = self._place(checksum, frame).with_suffix(".png")
        try:
            bgr = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
        except (OSError, cv2.error):
            bgr = None
        if bgr is None:
            raise PictureError(str(path), "is not in the cache, or spoilt")
        rgb: Picture = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        return rgb

    def _place(self, checksum: str, frame: int) -> Path:
        key = hashlib.sha256(f"{checksum}:{frame}:{METHOD}".encode()).hexdigest()
        return self._folder / key[:2] / key[2:]

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(data)
        partial.replace(path)
