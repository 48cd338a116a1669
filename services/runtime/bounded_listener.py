"""A listening socket that holds so many connections at once, whatever is served on it.

Who connects needs no leave for it, and each connection costs memory and a descriptor before it has said anything: under
TLS a third of a MB. Without a bound, whoever reaches a port ends its process, and with it whatever else that does.
"""

from __future__ import annotations

import socket
from typing import Any

from services.runtime.gate import Gate


class BoundedListener(Gate):
    """In the place of a listening socket, which it takes over. For servers that call its accept() by a loop."""

    def __init__(self, listening: socket.socket, most: int, of_one: int | None = None) -> None:
        """most: connections that are open at once, 1 or more. of_one: of them those of one address; None: all."""
        super().__init__(listening)
        self._most, self._of_one = most, most if of_one is None else of_one
        self._held: list[tuple[socket.socket, str]] = []

    def accept(self) -> tuple[socket.socket, Any]:
        """As a gate's. Raises ConnectionAbortedError for one that is too many: it is closed, and nothing was said."""
        connection, address = super().accept()
        self._held = [one for one in self._held if one[0].fileno() >= 0]
        if len(self._held) >= self._most or sum(one[1] == address[0] for one in self._held) >= self._of_one:
            connection.close()
            raise ConnectionAbortedError("as many connections as may be")
        self._held.append((connection, address[0]))
        return connection, address
