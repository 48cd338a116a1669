"""ICE candidates of a peer (RFC 8839, section 5.1): those this server can use, and nothing else.

What it cannot use is dropped without a word, as RFC 9725 asks: TCP, host names (mDNS names above all: looking them up
would hold the answer back, and the peer's own checks reach us anyway), components other than 1, odd addresses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_CANDIDATES = 64
KINDS = frozenset({"host", "srflx", "relay"})
_CANDIDATE = re.compile(
    r"(?P<foundation>[A-Za-z0-9+/]{1,32}) (?P<component>\d{1,3}) (?P<transport>\S{1,8}) (?P<priority>\d{1,10}) "
    r"(?P<address>\S{1,253}) (?P<port>\d{1,5}) typ (?P<kind>[a-z]{1,8})(?: .*)?"
)


@dataclass(frozen=True)
class Candidate:
    """A UDP candidate of component 1. address is a unicast IP literal; port 1..65535; priority below 2**32."""

    foundation: str
    priority: int
    address: str
    port: int
    kind: str

    def attribute(self) -> str:
        """The value of its `a=candidate` line."""
        return f"{self.foundation} 1 udp {self.priority} {self.address} {self.port} typ {self.kind}"


def parse_candidate(value: str) -> Candidate | None:
    """The candidate in the value of an `a=candidate` line; None when it is of no use here."""
    found = _CANDIDATE.fullmatch(" ".join(value.split()))
    if found is None or found["transport"].lower() != "udp" or found["component"] != "1" or found["kind"] not in KINDS:
        return None
    port, priority = int(found["port"]), int(found["priority"])
    if not 0 < port < 65536 or priority >= 2**32 or not _usable(found["address"]):
        return None
    return Candidate(found["foundation"], priority, found["address"], port, found["kind"])


def usable_candidates(values: Iterable[str]) -> tuple[Candidate, ...]:
    """The distinct usable ones among `values`, in their order, at most MAX_CANDIDATES."""
    found = (parse_candidate(value) for value in values)
    return tuple(dict.fromkeys(one for one in found if one is not None))[:MAX_CANDIDATES]


def _usable(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return "%" not in address and not (parsed.is_multicast or parsed.is_unspecified)
