"""How many connections a server serves before they belong to a session: each costs a thread and a descriptor."""

from __future__ import annotations

import threading


class HandshakeSlot:
    """One connection's slot; given back once, by whoever comes first."""

    def __init__(self, free: threading.BoundedSemaphore) -> None:
        self._free = free
        self._lock = threading.Lock()
        self._held = True

    def release(self) -> None:
        """Give it back; a second time does nothing."""
        with self._lock:
            held, self._held = self._held, False
        if held:
            self._free.release()


class HandshakeSlots:
    """Connections that have not yet shown which session they belong to, at most ``slots``."""

    def __init__(self, slots: int) -> None:
        self._free = threading.BoundedSemaphore(slots)

    def take(self) -> HandshakeSlot | None:
        """A slot, or None when all are taken. Never waits."""
        return HandshakeSlot(self._free) if self._free.acquire(blocking=False) else None
