"""Certificates renewed on disk while everything runs, in the steps by which an authority is replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from localsite.pki import Pki, make_pki


def put(path: Path, content: bytes) -> None:
    """Another file in the place of `path`, in one step, as a swap of links is."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


class Successor:
    """Another infrastructure, of other authorities, that takes over the files of a first one."""

    def __init__(self, pki: Pki, directory: Path) -> None:
        self._pki = pki
        self._next = make_pki(directory, now=datetime.now(UTC))

    def overlap(self) -> None:
        """Everybody believes both authorities; nobody shows anything new yet."""
        for path in self._authorities():
            put(path, path.read_bytes() + (self._next.directory / path.name).read_bytes())

    def take_over(self) -> None:
        """Every certificate is one of the new authorities."""
        authorities = self._authorities()
        for path in self._pki.directory.iterdir():
            if path not in authorities and path.suffix in (".pem", ".key"):
                put(path, (self._next.directory / path.name).read_bytes())

    def forget(self) -> None:
        """The old authorities are believed by nobody."""
        for path in self._authorities():
            put(path, (self._next.directory / path.name).read_bytes())

    def _authorities(self) -> list[Path]:
        return [self._pki.ca(name) for name in ("bus-room", "bus-ward", "snni", "web")]
