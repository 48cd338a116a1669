"""UDP ports in a row that nobody uses, for what is told its ports instead of telling them."""

from __future__ import annotations

import itertools
import socket
from contextlib import ExitStack

LOWEST, HIGHEST = 20_000, 30_000
"""Below the ports that systems give to those who ask for any."""


def free_udp_ports(count: int, host: str = "127.0.0.1") -> int:
    """The first of `count` ports in a row that could be bound a moment ago. Raises LookupError: there are none."""
    for first in range(LOWEST, HIGHEST, count):
        with ExitStack() as held:
            try:
                for port in itertools.islice(itertools.count(first), count):
                    held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind((host, port))
            except OSError:
                continue
            return first
    raise LookupError(f"no {count} free ports in a row")
