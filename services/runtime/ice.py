"""On which of this machine's addresses WebRTC media is gathered, for whoever serves it and whoever sends it.

aioice gathers on every address but loopback and offers no setting for it; `gather_on` replaces the function by which it
lists them, once per process. A machine without a network still serves cameras of its own over loopback.
"""

from __future__ import annotations

import ipaddress

from aioice import ice as aioice_ice
from aiortc import RTCConfiguration

LOOPBACK = "127.0.0.1"

_every_address = aioice_ice.get_host_addresses


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
