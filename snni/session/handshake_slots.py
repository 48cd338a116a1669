"""How many connections a server serves before they belong to a session: each costs a thread and a descriptor.

No more of one address than its share: who opens connections and says nothing, which needs no certificate, takes its own
share again and again and leaves the others theirs. Of IPv6 the network of 64 bits counts as an address: a machine has
all of one (RFC 4291, section 2.5.1), and could come from another address each time.
"""

from __future__ import annotations

import threading
from collections import Counter
from ipaddress import IPv6Address, IPv6Network, ip_address

from snni.errors import PeerError


class HandshakeSlot:
    """One connection's slot; given back once, by whoever comes first."""

    def __init__(self, slots: HandshakeSlots, source: str) -> None:
        self._slots = slots
        self._source = source
        self._lock = threading.Lock()
        self._held = True

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        with self._lock:
            held, self._held = self._held, False
        if held:
            self._slots._give_back(self._source)


class HandshakeSlots:
    """Connections that have not yet shown which session they belong to: at most ``slots``, ``per_address`` of one."""

    def __init__(self, slots: int, per_address: int) -> None:
        self._most, self._per_address = slots, per_address
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()

    @property
    def held(self) -> int:
        """Slots taken now."""
        with self._lock:
            return self._held.total()

    def take(self, address: str) -> HandshakeSlot:
        """A slot. Never waits. Raises PeerError: all are taken, or all that this address may have."""
        source = source_of(address)
        with self._lock:
            if self._held.total() >= self._most:
                raise PeerError("too many connections without a session")
            if self._held[source] >= self._per_address:
                raise PeerError("too many connections without a session from one address")
            self._held[source] += 1
        return HandshakeSlot(self, source)

    def _give_back(self, source: str) -> None:
        with self._lock:
            self._held[source] -= 1
            if not self._held[source]:
                del self._held[source]


def source_of(address: str) -> str:
    """Whose share a connection takes: the address, or of IPv6 its network. IPv4 by a socket of both families is IPv4;
    of a link's own addresses, which all lie in one network, each is its own."""
    known = ip_address(address)
    if not isinstance(known, IPv6Address) or known.is_link_local or known.is_loopback:
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((int(known), 64), strict=False))
