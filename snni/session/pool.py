"""Correlations made ahead of time, each used once: made -> claimed -> burnt, one way, in memory only.

A number names one inference's correlations at both parties within one epoch. Both claim it before the first online
byte; whatever happens then, it is burnt. A pool dies with its session: nothing is written, so nothing can be rolled
back to an unclaimed state by a restart, a snapshot or a restored disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from snni.errors import CorrelationError

Prepared = TypeVar("Prepared")
Listener = Callable[[str, int], None]  # (event, number): "made", "claimed", "burnt"


class Pool(Generic[Prepared]):
    """Thread-safe. Numbers only grow; a claim takes one out, so it cannot be claimed again."""

    def __init__(self, listener: Listener) -> None:
        self._lock = threading.Condition()
        self._prepared: dict[int, Prepared] = {}
        self._last_made = -1
        self._last_claimed = -1
        self._closed = False
        self._listener = listener

    def __len__(self) -> int:
        with self._lock:
            return len(self._prepared)

    def put(self, number: int, prepared: Prepared) -> None:
        """Raises CorrelationError unless the number is the next one."""
        with self._lock:
            if self._closed:
                raise CorrelationError("the session has ended")
            if number != self._last_made + 1:
                raise CorrelationError(f"correlation {number} made after {self._last_made}")
            self._last_made = number
            self._prepared[number] = prepared
            self._listener("made", number)
            self._lock.notify_all()

    def discard(self, number: int) -> None:
        """The number is gone without having been one to claim. Raises CorrelationError unless it is the next one."""
        with self._lock:
            if number != self._last_made + 1:
                raise CorrelationError(f"correlation {number} discarded after {self._last_made}")
            self._last_made = number
            self._listener("burnt", number)

    def claim(self, number: int | None = None, timeout_s: float = 0.0) -> tuple[int, Prepared]:
        """Take one for good: the given number, or the oldest, waiting up to timeout_s for one.

        Raises:
            CorrelationError: not made in this epoch, claimed before, none in time, or the session ended.
        """
        with self._lock:
            if number is None and not self._prepared:
                self._lock.wait_for(lambda: bool(self._prepared) or self._closed, timeout_s)
            if self._closed:
                raise CorrelationError("the session has ended")
            if number is None:
                number = min(self._prepared, default=-1)
            if number <= self._last_claimed or number not in self._prepared:
                raise CorrelationError(
                    f"correlation {number} is not to be had" if number >= 0 else "no correlation is ready"
                )
            for skipped in [n for n in self._prepared if n < number]:
                del self._prepared[skipped]
                self._listener("burnt", skipped)
            self._last_claimed = number
            prepared = self._prepared.pop(number)
            self._listener("claimed", number)
            return number, prepared

    def oldest(self) -> Prepared:
        """What ``claim`` would give, which stays. Raises CorrelationError: none is ready, or the session ended."""
        with self._lock:
            if not self._prepared:
                raise CorrelationError("the session has ended" if self._closed else "no correlation is ready")
            return self._prepared[min(self._prepared)]

    def burn(self, number: int) -> None:
        """A claimed one has been used, or must not be."""
        self._listener("burnt", number)

    def close(self) -> None:
        """Discard everything; wakes those who wait."""
        with self._lock:
            self._closed = True
            for number in self._prepared:
                self._listener("burnt", number)
            self._prepared.clear()
            self._lock.notify_all()
