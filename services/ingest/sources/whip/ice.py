"""How media reaches this machine: host candidates, and the STUN and TURN servers that clients are told of by Link.

Ingest itself asks no server unless it is told to (`media.py`): it stands beside the camera, and an answer must not wait
for anybody else.

aioice gathers on every address but loopback and offers no setting for it; `gather_on` replaces the function by which it
lists them, once per process. A machine without a network still serves cameras of its own over loopback.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from aioice import ice as aioice_ice
from aiortc import RTCConfiguration

LOOPBACK = "127.0.0.1"

_every_address = aioice_ice.get_host_addresses


@dataclass(frozen=True)
class IceServer:
    """A STUN server (url only) or a TURN server with a long-term credential, for clients."""

    url: str
    username: str | None = None
    credential: str | None = field(default=None, repr=False)

    def link(self) -> str:
        """The Link header's value (RFC 9725, section 4.6)."""
        value = f'<{self.url}>; rel="ice-server"'
        if self.username is not None:
            value += f'; username="{self.username}"; credential="{self.credential}"; credential-type="password"'
        return value


def host_only() -> RTCConfiguration:
    """A connection that gathers host candidates and asks no server (aiortc's default asks a public one)."""
    return RTCConfiguration(iceServers=[])


def choose_addresses(wanted: tuple[str, ...], found: list[str]) -> list[str]:
    """The addresses to gather on: the wanted ones, else those found, else loopback."""
    return list(wanted) or found or [LOOPBACK]


def gather_on(addresses: tuple[str, ...] = ()) -> None:
    """Make every later connection of this process gather on `addresses`. Raises ValueError for what is no IP."""
    for address in addresses:
        ipaddress.ip_address(address)

    def list_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return choose_addresses(addresses, _every_address(use_ipv4, use_ipv6))

    aioice_ice.get_host_addresses = list_addresses
