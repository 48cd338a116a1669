"""A link of its own between every two of several parties: a relay before each server for each that dials it.

Relays keep rate and delay on the system's own loopback, so that every pair has the whole rate; TLS passes as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localsite.links.link import Link
from localsite.links.relay import Relay

HERE = "127.0.0.1"


class Mesh:
    """Relays by who dials and whom."""

    def __init__(self, link: Link, directory: Path) -> None:
        """directory: for their logs."""
        self._link, self._directory = link, directory
        self._relays: list[Relay] = []

    def reach(self, dialler: str, server: str, host: str, port: int) -> tuple[str, int]:
        """Where ``dialler`` dials to reach the server over its link. Raises LinkError, ProcessError."""
        if not self._link.relayed:
            return host, port
        logs = self._directory / f"{dialler} to {server}"
        logs.mkdir(parents=True)
        self._relays.append(Relay(self._link, (host, port), HERE, logs, shape=True))
        return self._relays[-1].host, self._relays[-1].port

    def close(self) -> None:
        while self._relays:
            self._relays.pop().stop()


@contextmanager
def mesh(link: Link, directory: Path) -> Iterator[Mesh]:
    """Closed at the end."""
    made = Mesh(link, directory)
    try:
        yield made
    finally:
        made.close()
