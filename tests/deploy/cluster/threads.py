"""A thread of this process in another network namespace: its sockets are of that network, everybody else's are not."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def entered(namespace: Path) -> Iterator[None]:
    """This thread's network, for as long as it lasts. Raises OSError."""
    with Path("/proc/thread-self/ns/net").open() as before:
        with namespace.open() as there:
            _enter(there.fileno())
        try:
            yield
        finally:
            _enter(before.fileno())


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
