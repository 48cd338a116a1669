"""Servers for the relay's tests: one that answers, one that records."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from tests.support.waiting import PATIENCE_S


class Server:
    """Runs `serve` on a thread for every connection; ``connections`` keeps their sockets."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self.connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(PATIENCE_S)
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for connection in self.connections:
            connection.close()


def echo(connection: socket.socket) -> None:
    """Give everything back, then the end of the stream too."""
    try:
        while data := connection.recv(1 << 16):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        connection.close()


def nothing(connection: socket.socket) -> None:
    """Leave it to the test."""


def dial(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A connection that gives up after long silence."""
    connection = socket.create_connection((host, port), PATIENCE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Everything until the end of the stream."""
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))
