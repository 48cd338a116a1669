"""The way from a client to a server over a link: nothing for loopback, else the relay, and a namespace where possible.

shaper: who keeps the rate. "tbf", the kernel, on a veth pair between namespaces; "relay", the relay itself; "auto", the
first that this machine can do. The delay is always the relay's. TLS passes through as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.links import namespace
from bench.links.errors import LinkError
from bench.links.link import Link
from bench.links.relay import Relay

SHAPERS = ("auto", "tbf", "relay")


class Route:
    """One link's both ends. command: what the client's process is started with."""

    def __init__(self, link: Link, shaper: str, directory: Path) -> None:
        """Raises LinkError when the machine cannot do what is asked for."""
        self.link = link
        self._directory = directory
        self._space: namespace.Namespace | None = None
        self._relays: list[Relay] = []
        self.shaper = "none"
        if link.rate:
            lacks = namespace.missing() if shaper != "relay" else "asked for the relay"
            if shaper == "tbf" and lacks:
                raise LinkError(lacks + namespace.ELSE)
            self.shaper = "relay" if lacks else "tbf"
            if self.shaper == "tbf":
                self._space = namespace.Namespace(link)

    @property
    def command(self) -> tuple[str, ...]:
        return self._space.command if self._space else ()

    @property
    def relay(self) -> Relay | None:
        """The newest one."""
        return self._relays[-1] if self._relays else None

    def to(self, port: int) -> tuple[str, int]:
        """Where a client dials to reach `port` of 127.0.0.1 over the link."""
        if not self.link.relayed:
            return "127.0.0.1", port
        listen = self._space.here if self._space else "127.0.0.1"
        relay = Relay(self.link, ("127.0.0.1", port), listen, self._directory, shape=self.shaper == "relay")
        self._relays.append(relay)
        return relay.host, relay.port

    def hang_up(self) -> dict[str, Any]:
        """End the newest relay; its counters."""
        return self._relays.pop().stop() if self._relays else {}

    def facts(self) -> dict[str, Any]:
        """For the JSON."""
        burst = self._space.burst if self._space else 0
        return {**self.link.facts(), "shaper": self.shaper, "burst_bytes": burst}

    def close(self) -> None:
        while self._relays:
            self.hang_up()
        if self._space:
            self._space.close()


@contextmanager
def route(link: Link, shaper: str, directory: Path) -> Iterator[Route]:
    """A route, closed at the end."""
    made = Route(link, shaper, directory)
    try:
        yield made
    finally:
        made.close()
