"""The way from a client to a server over a link: nothing for loopback, else the relay, and namespaces where possible.

shaper: who keeps the rate. "tbf", the kernel, on what each party sends from a namespace of its own; "relay", the relay
itself, exactly, but over the system's own loopback; "auto", the first that this machine can do. The delay is always
the relay's. TLS passes through as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localsite.links import namespace
from localsite.links.errors import LinkError
from localsite.links.link import Link
from localsite.links.relay import Relay

SHAPERS = ("auto", "tbf", "relay")


class Route:
    """One link's both ends. commands: what a party's process is started with. server_host: where the server listens."""

    def __init__(self, link: Link, shaper: str, directory: Path) -> None:
        """Raises LinkError when the machine cannot do what is asked for."""
        self.link = link
        self.shaper = _shaper(link, shaper)
        self._directory = directory
        self._spaces: list[namespace.Namespace] = []
        self._relays: list[Relay] = []
        self.commands: dict[str, tuple[str, ...]] = {"client": (), "server": ()}
        self.server_host = self._relay_host = "127.0.0.1"
        if self.shaper == "tbf":
            try:
                self._separate()
            except LinkError:
                self.close()
                raise

    def _separate(self) -> None:
        for party in self.commands:
            space = namespace.Namespace(self.link)
            self._spaces.append(space)
            self.commands[party] = space.command
        client, server = self._spaces
        self._relay_host, self.server_host = client.here, server.there

    @property
    def relay(self) -> Relay | None:
        """The newest one."""
        return self._relays[-1] if self._relays else None

    def to(self, port: int) -> tuple[str, int]:
        """Where a client dials to reach `port` of the server's host over the link."""
        if not self.link.relayed:
            return self.server_host, port
        target, shape = (self.server_host, port), self.shaper == "relay"
        relay = Relay(self.link, target, self._relay_host, self._directory, shape=shape)
        self._relays.append(relay)
        return relay.host, relay.port

    def hang_up(self) -> dict[str, Any]:
        """End the newest relay; its counters."""
        return self._relays.pop().stop() if self._relays else {}

    def facts(self) -> dict[str, Any]:
        """For the JSON."""
        burst = self._spaces[0].burst if self._spaces else 0
        return {**self.link.facts(), "shaper": self.shaper, "burst_bytes": burst}

    def close(self) -> None:
        while self._relays:
            self.hang_up()
        while self._spaces:
            self._spaces.pop().close()


def _shaper(link: Link, asked: str) -> str:
    """Who keeps the rate. Raises LinkError when it was asked for and cannot."""
    if not link.rate:
        return "none"
    lacks = namespace.missing() if asked != "relay" else ""
    if asked == "tbf" and lacks:
        raise LinkError(lacks + namespace.ELSE)
    return "relay" if asked == "relay" or lacks else "tbf"


@contextmanager
def route(link: Link, shaper: str, directory: Path) -> Iterator[Route]:
    """A route, closed at the end."""
    made = Route(link, shaper, directory)
    try:
        yield made
    finally:
        made.close()
