"""Three share servers and who asks them, as processes on this machine, each with certificates of its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from localsite.parties import HERE, Place
from localsite.pki import Pki
from localsite.process import Process, python
from localsite.share_server import PEERS_FILE, PORT_FILE
from snni.model.bundle import Bundle
from snni.multiparty.roles import Role
from snni.multiparty.share_files import write_shares
from snni.session.tls import Endpoint

AUTHORITY = "share-servers"
CLIENT_IDS = "spiffe://veilward/room/snni_client/"


def spiffe_id(role: Role) -> str:
    """Each operator is a trust domain."""
    return f"spiffe://{role.value}.operator/share_server/{role.value}"


@dataclass(frozen=True)
class ShareServers:
    """Three running servers, and the file that names them."""

    processes: dict[Role, Process]
    peers: Path


@contextmanager
def share_servers(
    bundle: Bundle, directory: Path, pki: Pki, places: dict[Role, Place] | None = None, max_images: int = 16
) -> Iterator[ShareServers]:
    """Share the bundle's weights into ``directory`` and serve them until the end. Raises ProcessError, SnniError."""
    write_shares(bundle, directory)
    with contextlib.ExitStack() as stack:
        processes = {}
        for role in Role:
            place = (places or {}).get(role, HERE)
            processes[role] = _server(role, directory / role.value, pki, place, max_images)
            stack.enter_context(processes[role])
        endpoints = {}
        for role, process in processes.items():
            port = process.wait_for("port", lambda role=role: _read(directory / role.value / PORT_FILE))  # type: ignore[misc]
            endpoints[role.value] = asdict(Endpoint((places or {}).get(role, HERE).host, port, spiffe_id(role)))
        for role, process in processes.items():
            waiting = directory / role.value / f".{PEERS_FILE}"
            waiting.write_text(json.dumps(endpoints))
            waiting.rename(directory / role.value / PEERS_FILE)
            process.wait_for("event", lambda process=process: process.events() or None)  # type: ignore[misc]
        yield ShareServers(processes, directory / Role.DEALER.value / PEERS_FILE)


def _server(role: Role, directory: Path, pki: Pki, place: Place, max_images: int) -> Process:
    pems: list[str] = []
    for side in ("server", "client"):
        files = pki.issue(f"{role.value}_{side}", AUTHORITY, spiffe_id(role), side)
        pems += [f"--{side}", *(str(file) for file in files)]
    arguments = ("--share", str(directory), "--client-ids", CLIENT_IDS, "--max-images", str(max_images))
    command = (*place.launcher, *python("localsite.share_server", *arguments, *pems, "--host", place.host))
    environment = {
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": str(place.threads),
        "OPENBLAS_NUM_THREADS": str(place.threads),
    }
    return Process(f"share_server_{role.value}", command, directory / "log", environment)


def _read(path: Path) -> int | None:
    text = path.read_text() if path.is_file() else ""
    return int(text) if text else None


def asking(
    servers: ShareServers, directory: Path, pki: Pki, plan_hash: str, images: Path, together: int, place: Place = HERE
) -> Process:
    """Who asks: a process that scores a .npy of images, so many together, into ``directory/report.json``."""
    pems = [str(file) for file in pki.issue("asker", AUTHORITY, f"{CLIENT_IDS}1", "client")]
    arguments = ("--peers", str(servers.peers), "--client-ids", CLIENT_IDS, "--plan-hash", plan_hash)
    files = ["--images", str(images), "--together", str(together), "--out", str(directory / "report.json")]
    for role, process in servers.processes.items():
        files += ["--watch", f"{role.value}={process.pid}"]
    command = (*place.launcher, *python("localsite.asking_client", *arguments, *files, "--identity", *pems))
    environment = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": str(place.threads)}
    return Process("asking_client", command, directory / "asking_client.log", environment)
