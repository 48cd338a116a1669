"""A listening socket that can let nobody in before its server is closed.

In Python 3.11 a connection that was accepted and whose transport is made after the server was closed fails there
(`asyncio.Server._attach`) and stays open, with nobody to close it: a server is closed once those are through.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any
from weakref import WeakSet

TURNS = 3
"""Of the loop, from a connection that was accepted to its protocol: a task, its transport, which then tells of it."""

MOST_TURNS = 100
"""Of the loop, until a transport whose connection was cut has given its socket back: a few."""


class Gate(socket.socket):
    """In the place of a listening socket, which it takes over. For servers that call its accept() by a loop."""

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(listening.family, listening.type, listening.proto, fileno=listening.detach())
        self._shut = False
        self._let_in: WeakSet[socket.socket] = WeakSet()

    async def shut(self) -> None:
        """Let nobody in from here on. Afterwards each that was let in has its transport, and its protocol knows it."""
        self._shut = True
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def cut(self) -> None:
        """End each connection that was let in and still is, also one before its TLS, of which no server knows."""
        for one in list(self._let_in):
            if one.fileno() >= 0:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        for _ in range(MOST_TURNS):
            if all(one.fileno() < 0 for one in list(self._let_in)):
                return
            await asyncio.sleep(0)

    def accept(self) -> tuple[socket.socket, Any]:
        """As socket's. Raises BlockingIOError where it is shut."""
        if self._shut:
            raise BlockingIOError("shut")
        connection, address = super().accept()
        self._let_in.add(connection)
        return connection, address
