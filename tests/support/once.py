"""What is made once in a process, however many threads ask at the same time."""

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
MAKING = threading.RLock()
"""One for all: torch's generator is the process's, so that what two threads make side by side is neither's."""


def once(make: Callable[[], T]) -> Callable[[], T]:
    """`make` with its result kept."""
    kept = lru_cache(maxsize=1)(make)

    @wraps(make)
    def made() -> T:
        with MAKING:
            return kept()

    return made
