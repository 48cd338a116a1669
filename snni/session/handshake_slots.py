"""How many connections a server serves before they belong to a session: each costs a thread and a descriptor.

No more of one address than its share: who opens connections and says nothing, which needs no certificate, takes its own
share again and again and leaves the others theirs.
"""

from __future__ import annotations

import threading
from collections import Counter

from snni.errors import PeerError


class HandshakeSlot:
    """One connection's slot; given back once, by whoever comes first."""

    def __init__(self, slots: HandshakeSlots, address: str) -> None:
        self._slots = slots
        self._address = address
        self._lock = threading.Lock()
        self._held = True

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        with self._lock:
            held, self._held = self._held, False
        if held:
            self._slots._give_back(self._address)


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
        with self._lock:
            if self._held.total() >= self._most:
                raise PeerError("too many connections without a session")
            if self._held[address] >= self._per_address:
                raise PeerError("too many connections without a session from one address")
            self._held[address] += 1
        return HandshakeSlot(self, address)

    def _give_back(self, address: str) -> None:
        with self._lock:
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]
