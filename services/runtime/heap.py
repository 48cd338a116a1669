"""One heap for all threads of a process.

glibc gives threads heaps of their own, so that they need not wait for each other; what one frees in its heap no other
thread uses, and little of it goes back to the system. A process whose threads take turns at large arrays pays for that
in memory, and gains little by it: most of the time the interpreter lets one thread at a time ask.
"""

from __future__ import annotations

import ctypes

M_ARENA_MAX = -8
"""malloc.h; mallopt(3)."""


def share_heap() -> None:
    """From now on threads that begin use the main thread's heap. Where the C library is not glibc: nothing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
