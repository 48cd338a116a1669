"""Starts NATS (hub and leaf) and Redis as child processes on free ports with throw-away state.

Every server runs in a process group of its own and is told by the kernel to end with the thread that started it
(PR_SET_PDEATHSIG): start servers from the main thread.
"""

from __future__ import annotations

import ctypes
import json
import signal
import socket as sockets
import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TypeVar

from localsite.pki import DEMO_DOMAIN, Pki
from services.bus.nats_config import HubOptions, LeafOptions, Listen, TlsFiles, hub_config, leaf_config

T = TypeVar("T")
START_TIMEOUT_S = 20.0
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class ServerError(RuntimeError):
    """A server did not start; its log is quoted."""


class Process:
    """A child process whose output goes to a log file."""

    def __init__(self, name: str, command: list[str], log: Path) -> None:
        self.name = name
        self.log = log
        self._output: IO[bytes] = log.open("ab")
        self._child = subprocess.Popen(
            command, stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_end_with_parent
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._child.poll() is None

    def wait_for(self, what: str, probe: Callable[[], T | None], timeout_s: float = START_TIMEOUT_S) -> T:
        """The first value of `probe()` that is not None. Raises ServerError when the process ends or time is up."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end and self.running:
            found = probe()
            if found is not None:
                return found
            time.sleep(0.02)
        raise ServerError(f"{self.name}: no {what}\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """SIGKILL, as a crash would, and wait."""
        self._end(signal.SIGKILL)

    def stop(self, timeout_s: float = 5.0) -> None:
        """SIGTERM, then SIGKILL after `timeout_s`."""
        self._end(signal.SIGTERM, timeout_s)

    def _end(self, number: signal.Signals, timeout_s: float = 5.0) -> None:
        if self.running:
            self._child.send_signal(number)
            try:
                self._child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()
        self._output.close()


def _end_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass
class NatsServer:
    """A running nats-server. `url` is its client address; leafnode_port is 0 on a leaf."""

    process: Process
    config: Path
    url: str
    monitor_url: str
    leafnode_port: int

    @property
    def client_port(self) -> int:
        """The port of `url`."""
        return int(self.url.rsplit(":", 1)[1])

    def varz(self) -> dict[str, object]:
        """The server's general information."""
        return _get(f"{self.monitor_url}/varz")

    def leafz(self) -> dict[str, object]:
        """The server's leaf connections, with the subjects that the other side wants."""
        return _get(f"{self.monitor_url}/leafz?subs=1")

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()

    def stop(self) -> None:
        """End it."""
        self.process.stop()


def start_hub(
    directory: Path,
    pki: Pki,
    options: HubOptions | None = None,
    leafnode_port: int = -1,
    client_port: int = -1,
) -> NatsServer:
    """Start the ward's NATS server; its state stays in `directory` over restarts.

    A restart that leaves and clients shall find again takes the former ports. `options` gives what shall differ from
    the registry. Raises ServerError.
    """
    complete = replace(
        options or HubOptions(domains=(DEMO_DOMAIN,)),
        listen=_listen(directory, client_port, f"127.0.0.1:{leafnode_port}"),
        tls=_files(pki, "nats_hub"),
    )
    return _start_nats("hub", directory, hub_config(complete))


def start_leaf(
    directory: Path,
    pki: Pki,
    hub: NatsServer,
    options: LeafOptions | None = None,
    client_port: int = -1,
    generate: Callable[[LeafOptions], str] = leaf_config,
) -> NatsServer:
    """Start a room's NATS server, bound to `hub`.

    `options` gives what shall differ from the defaults, `generate` makes the configuration. Raises ServerError.
    """
    complete = replace(
        options or LeafOptions(domain=DEMO_DOMAIN),
        hub_url=f"tls://localhost:{hub.leafnode_port}",
        listen=_listen(directory, client_port, ""),
        tls=_files(pki, "nats_leaf"),
        remote_tls=_files(pki, "leaf_remote"),
    )
    return _start_nats("leaf", directory, generate(complete))


def _files(pki: Pki, name: str) -> TlsFiles:
    cert, key, ca = pki.cert(name)
    return TlsFiles(str(cert), str(key), str(ca))


def _listen(directory: Path, client_port: int, leafnodes: str) -> Listen:
    return Listen(
        client=f"127.0.0.1:{client_port}",
        monitor="127.0.0.1:-1",
        leafnodes=leafnodes,
        store_dir=str(directory / "jetstream"),
        ports_dir=str(directory),
    )


def _start_nats(name: str, directory: Path, config: str) -> NatsServer:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stale in directory.glob("*.ports"):
        stale.unlink()
    path = directory / f"{name}.conf"
    path.write_text(config)
    process = Process(name, ["nats-server", "-c", str(path)], directory / f"{name}.log")
    try:
        ports = process.wait_for("ports file", lambda: _ports(directory, process.pid))
        monitor = ports["monitoring"][0]
        varz = process.wait_for("monitoring", lambda: _get_or_none(f"{monitor}/varz"))
    except ServerError:
        process.kill()
        raise
    leafnode = varz.get("leaf")
    port = leafnode.get("port", 0) if isinstance(leafnode, dict) else 0
    client_port = ports["nats"][0].rsplit(":", 1)[1]
    return NatsServer(process, path, f"tls://localhost:{client_port}", monitor, int(port))


def _ports(directory: Path, pid: int) -> dict[str, list[str]] | None:
    path = directory / f"nats-server_{pid}.ports"
    try:
        found: dict[str, list[str]] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return found


def _get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def _get_or_none(url: str) -> dict[str, object] | None:
    try:
        return _get(url)
    except OSError:
        return None


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
    """Start Redis on a unix socket in `directory` (mode 0700), no TCP port, append-only file. Raises ServerError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = directory / "redis.sock"
    socket.unlink(missing_ok=True)
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--dir", str(directory), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    process = Process("redis", command, directory / "redis.log")
    try:
        process.wait_for("unix socket", lambda: _answers(socket))
    except ServerError:
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
