"""NATS on this machine: the ward's hub and a room's leaf as child processes, on free ports, with throw-away state."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from localsite.pki import DEMO_DOMAIN, Pki
from localsite.process import Process, ProcessError
from services.bus.nats_config import HubOptions, LeafOptions, Listen, TlsFiles, hub_config, leaf_config

ANSWER_TIMEOUT_S = 60.0
SYNC_SINCE = (2, 10)
"""Where `sync_interval: always` came; with an older server of the system's own, a loss of power may cost two
minutes."""


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

    def reload(self, config: str) -> None:
        """Be configured by `config` from now on, with certificates read anew (SIGHUP). Raises ProcessError."""
        self.config.write_text(config)
        before = _reloads(self.process)
        os.kill(self.process.pid, signal.SIGHUP)
        self.process.wait_for("reload", lambda: _reloads(self.process) > before or None)

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
    """The ward's NATS server, running; its state stays in `directory` over restarts.

    A restart that leaves and clients shall find again takes the former ports. `options` gives what shall differ from
    the registry. Raises ProcessError.
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
    """A room's NATS server, running and bound to `hub`.

    `options` gives what shall differ from the defaults, `generate` makes the configuration. Raises ProcessError.
    """
    complete = replace(
        options or LeafOptions(domain=DEMO_DOMAIN),
        hub_url=f"tls://localhost:{hub.leafnode_port}",
        listen=_listen(directory, client_port, ""),
        tls=_files(pki, "nats_leaf"),
        remote_tls=_files(pki, "leaf_remote"),
    )
    return _start_nats("leaf", directory, generate(complete))


def _reloads(process: Process) -> int:
    return process.log.read_text().count("Reloaded server configuration")


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
        sync_always=version() >= SYNC_SINCE,
    )


def program() -> str:
    """The server that was installed with Veilward, of the version that the manifests name; else the system's own."""
    own = Path(sys.executable).with_name("nats-server")
    return str(own) if own.is_file() else "nats-server"


@cache
def version() -> tuple[int, ...]:
    """The server's, (2, 15, 1) for instance. Raises OSError, ProcessError."""
    told = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)", told)
    if found is None:
        raise ProcessError("nats-server does not say its version")
    return tuple(int(part) for part in found.groups())


def _start_nats(name: str, directory: Path, config: str) -> NatsServer:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stale in directory.glob("*.ports"):
        stale.unlink()
    path = directory / f"{name}.conf"
    path.write_text(config)
    process = Process(name, [program(), "-c", str(path)], directory / f"{name}.log").start()
    try:
        ports = process.wait_for("ports file", lambda: _ports(directory, process.pid))
        monitor = ports["monitoring"][0]
        varz = process.wait_for("monitoring", lambda: _get_or_none(f"{monitor}/varz"))
    except ProcessError:
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
    with urllib.request.urlopen(url, timeout=ANSWER_TIMEOUT_S) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def _get_or_none(url: str) -> dict[str, object] | None:
    try:
        return _get(url)
    except OSError:
        return None
