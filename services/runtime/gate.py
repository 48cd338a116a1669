"""A listening socket that can let nobody in before its server is closed.

In Python 3.11 a connection that was accepted and whose transport is made after the server was closed fails there
(`asyncio.Server._attach`) and stays open, with nobody to close it: a server is closed once those are through.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

TURNS = 3
"""Of the loop, from a connection that was accepted to its protocol: a task, its transport, which then tells of it."""


class Gate(socket.socket):
    """In the place of a listening socket, which it takes over. For servers that call its accept() by a loop."""

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(listening.family, listening.type, listening.proto, fileno=listening.detach())
        self._shut = False

    async def shut(self) -> None:
        """Let nobody in from here on. Afterwards each that was let in has its transport, and its protocol knows it."""
        self._shut = True
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def accept(self) -> tuple[socket.socket, Any]:
        """As socket's. Raises BlockingIOError where it is shut."""
        if self._shut:
            raise BlockingIOError("shut")
        return super().accept()
