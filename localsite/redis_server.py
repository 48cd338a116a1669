"""Redis on this machine: a child process on a unix socket, with throw-away state."""

from __future__ import annotations

import socket as sockets
from dataclasses import dataclass
from pathlib import Path

from localsite.process import Process, ProcessError


@dataclass
class RedisServer:
    """A running redis-server on a unix socket."""

    process: Process
    socket: Path

    @property
    def url(self) -> str:
        """The address for redis.Redis.from_url."""
        return f"unix://{self.socket}"

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()

    def stop(self) -> None:
        """End it."""
        self.process.stop()


def start_redis(directory: Path) -> RedisServer:
    """Start Redis on a unix socket in `directory` (mode 0700), no TCP port, append-only file. Raises ProcessError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = directory / "redis.sock"
    socket.unlink(missing_ok=True)
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--dir", str(directory), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    process = Process("redis", command, directory / "redis.log").start()
    try:
        process.wait_for("unix socket", lambda: _answers(socket))
    except ProcessError:
        process.kill()
        raise
    return RedisServer(process, socket)


def _answers(path: Path) -> bool | None:
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as one:
        try:
            one.connect(str(path))
            one.sendall(b"PING\r\n")
            return True if one.recv(16).startswith(b"+PONG") else None
        except OSError:
            return None
