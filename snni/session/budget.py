"""How many inferences each client may have in a day: what bounds what one that deviates learns of the weights.

snni/DESIGN.md, section 9, says how much one inference can tell it. Counted by the name in its certificate, not by
session or connection, so that dialling again gives nothing back; in memory, so that a restart of the server begins a
day anew.

What is prepared for a client costs the servers more than the inference, and tells it nothing before it is claimed. An
honest client leaves some of it when a session ends, and no more: so it is counted by itself, and bounded apart.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from snni.errors import PeerError

DAY_S = 86_400.0
ORDERS, BATCH = 2, 64
"""Inferences that may be prepared for a client in a day: for each that it may have, and the largest batch besides,
which an honest client orders when it needs one more."""


class InferenceBudget:
    """Thread-safe. A day is of 24 hours; the next begins when it is next asked about."""

    def __init__(self, per_day: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_day = per_day
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._taken: Counter[str] = Counter()
        self._ordered: Counter[str] = Counter()

    def take(self, client: str, inferences: int = 1) -> None:
        """Count so many inferences of a client's, a SPIFFE id. Raises PeerError: that is more than the day's; none is
        counted."""
        with self._lock:
            self._look(client, inferences)
            self._taken[client] += inferences

    def check(self, client: str, inferences: int = 1) -> None:
        """Before so many are prepared. Raises PeerError: they are more than the day has left."""
        with self._lock:
            self._look(client, inferences)

    def admit(self, client: str) -> None:
        """Before it has a session. Raises PeerError: nothing would be prepared in it."""
        with self._lock:
            self._look(client, 1)
            self._look_at_orders(client, 1)

    def order(self, client: str, inferences: int = 1) -> None:
        """Count so many as prepared for a client, whether it claims them or not. Raises PeerError: that is more than a
        day's; none is counted."""
        with self._lock:
            self._turn()
            self._look_at_orders(client, inferences)
            self._ordered[client] += inferences

    def _look(self, client: str, inferences: int) -> None:
        self._turn()
        if self._taken[client] + inferences > self.per_day:
            raise PeerError(f"this client has had its {self.per_day} inferences of the day")

    def _look_at_orders(self, client: str, inferences: int) -> None:
        if self._ordered[client] + inferences > self.orders_per_day:
            raise PeerError(f"this client has had {self.orders_per_day} inferences of the day prepared")

    @property
    def taken(self) -> dict[str, int]:
        """Client -> inferences of this day."""
        with self._lock:
            self._turn()
            return dict(self._taken)

    @property
    def ordered(self) -> dict[str, int]:
        """Client -> inferences prepared for it on this day, claimed or not."""
        with self._lock:
            self._turn()
            return dict(self._ordered)

    @property
    def orders_per_day(self) -> int:
        """How many may be prepared for a client."""
        return ORDERS * self.per_day + BATCH

    def _turn(self) -> None:
        if self._clock() - self._began >= DAY_S:
            self._began = self._clock()
            self._taken.clear()
            self._ordered.clear()
