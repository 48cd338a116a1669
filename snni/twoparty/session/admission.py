"""How many connections a server serves before they belong to a session: each costs a thread and a descriptor."""

from __future__ import annotations

import threading


class Place:
    """One connection's place; given back once, by whoever comes first."""

    def __init__(self, room: threading.BoundedSemaphore) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._held = True

    def leave(self) -> None:
        with self._lock:
            held, self._held = self._held, False
        if held:
            self._room.release()


class Lobby:
    """Connections that have not yet shown which session they belong to, at most `places`."""

    def __init__(self, places: int) -> None:
        self._room = threading.BoundedSemaphore(places)

    def enter(self) -> Place | None:
        """A place, or None when all are taken. Never waits."""
        return Place(self._room) if self._room.acquire(blocking=False) else None
