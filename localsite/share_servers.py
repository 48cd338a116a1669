"""Three share servers or four, and who asks them, as processes on this machine, each with certificates of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localsite.parties import HERE, Place
from localsite.pki import Pki
from localsite.process import Process, python
from localsite.service import Service
from snni.model.bundle import Bundle
from snni.multiparty.roles import Role, Setting
from snni.multiparty.share_files import write_shares
from snni.session.tls import Endpoint

AUTHORITY = "snni"
CLIENT_IDS = "spiffe://veilward/room/snni_client/"
PEERS_FILE = "peers.json"
WHO_ASKS = "client"
Reach = Callable[[str, str, str, int], tuple[str, int]]
"""(who dials, a role's name or WHO_ASKS; the server's role; its host and port) -> where it is dialled."""


def directly(dialler: str, server: str, host: str, port: int) -> tuple[str, int]:
    """Where it listens."""
    return host, port


def spiffe_id(role: Role) -> str:
    """Each operator is a trust domain."""
    return f"spiffe://{role.value}.operator/snni_server/0"


class ShareServers:
    """Shares of a bundle's weights under ``directory``, served by a service each. A context manager."""

    def __init__(
        self,
        bundle: Bundle,
        directory: Path,
        pki: Pki,
        places: Mapping[Role, Place] | None = None,
        settings: Mapping[str, object] | None = None,
        selection: NDArray[np.int8] | None = None,
        setting: Setting = Setting.THREE_PASSIVE,
        reach: Reach = directly,
    ) -> None:
        """settings: of all of them, beside those that say who they are. selection: one-hot rows int8 [n, N], where they
        classify videos of N frames too. reach: how they reach each other, and who asks them. Raises SnniError."""
        self.setting = setting
        write_shares(bundle, directory, selection, setting)
        self._places = dict.fromkeys(setting.roles, HERE) | dict(places or {})
        self.peers = directory / PEERS_FILE
        self._reach = reach
        self.services = {
            role: self._service(role, directory / role.value, pki, settings or {}) for role in setting.roles
        }

    def _service(self, role: Role, directory: Path, pki: Pki, settings: Mapping[str, object]) -> Service:
        place = self._places[role]
        certificate, key, ca = pki.issue(f"{role.value}_server", AUTHORITY, spiffe_id(role), "server")
        dial_certificate, dial_key, _ = pki.issue(f"{role.value}_client", AUTHORITY, spiffe_id(role), "client")
        values: dict[str, object] = {"share": directory, "peers_file": self._file(role.value), "client_ids": CLIENT_IDS}
        values |= {"certificate": certificate, "key": key, "ca": ca, "max_batch": 16}
        values |= {"dial_certificate": dial_certificate, "dial_key": dial_key}
        values |= {"listen_host": place.host, "health_host": place.host} | dict(settings)
        run = {"launcher": place.launcher, "threads": place.threads, "host": place.host}
        return Service("snni_server", values, directory, **run)  # type: ignore[arg-type]

    def start(self) -> ShareServers:
        """Start all, and write the files that name them, one for each that dials. Raises ProcessError, and as
        ``reach``."""
        for service in self.services.values():
            service.start()
        for dialler in (WHO_ASKS, *(role.value for role in self.services)):
            where = {
                role.value: asdict(Endpoint(*self._reached(dialler, role), spiffe_id(role))) for role in self.services
            }
            unfinished = self._file(dialler).with_suffix(".new")
            unfinished.write_text(json.dumps(where))
            unfinished.replace(self._file(dialler))
        for service in self.services.values():
            service.stay_on(listen_port="snni")
        return self

    def _reached(self, dialler: str, role: Role) -> tuple[str, int]:
        host, port = self._places[role].host, self.services[role].ports()["snni"]
        return (host, port) if dialler == role.value else self._reach(dialler, role.value, host, port)

    def _file(self, dialler: str) -> Path:
        return self.peers if dialler == WHO_ASKS else self.peers.with_name(f"peers-{dialler}.json")

    def stop(self) -> None:
        """End all."""
        for service in self.services.values():
            service.stop()

    def __enter__(self) -> ShareServers:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()


def asking(
    servers: ShareServers, directory: Path, pki: Pki, plan_hash: str, images: Path, together: int, place: Place = HERE
) -> Process:
    """Who asks: a process that scores a .npy of images, so many together, into ``directory/report.json``; together 0:
    that classifies them as the frames of one video."""
    pems = [str(file) for file in pki.cert("snni_client")]
    arguments = ("--peers", str(servers.peers), "--client-ids", CLIENT_IDS, "--plan-hash", plan_hash)
    files = ["--setting", servers.setting.value, "--images", str(images), "--out", str(directory / "report.json")]
    files += ["--together", str(together)] if together else ["--video"]
    for role, service in servers.services.items():
        files += ["--watch", f"{role.value}={service.pid}"]
    command = (*place.launcher, *python("localsite.asking_client", *arguments, *files, "--identity", *pems))
    environment = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": f"{place.threads}"}
    return Process("asking_client", command, directory / "asking_client.log", environment)
