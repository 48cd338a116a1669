"""Three share servers or four, and who asks them, as processes on this machine, each with certificates of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
    ) -> None:
        """settings: of all of them, beside those that say who they are. selection: one-hot rows int8 [n, N], where they
        classify videos of N frames too. Raises SnniError."""
        self.setting = setting
        write_shares(bundle, directory, selection, setting)
        self._places = dict.fromkeys(setting.roles, HERE) | dict(places or {})
        self.peers = directory / PEERS_FILE
        self.services = {
            role: self._service(role, directory / role.value, pki, settings or {}) for role in setting.roles
        }

    def _service(self, role: Role, directory: Path, pki: Pki, settings: Mapping[str, object]) -> Service:
        place = self._places[role]
        certificate, key, ca = pki.issue(f"{role.value}_server", AUTHORITY, spiffe_id(role), "server")
        dial_certificate, dial_key, _ = pki.issue(f"{role.value}_client", AUTHORITY, spiffe_id(role), "client")
        values: dict[str, object] = {"share": directory, "peers_file": self.peers, "client_ids": CLIENT_IDS}
        values |= {"certificate": certificate, "key": key, "ca": ca, "max_batch": 16}
        values |= {"dial_certificate": dial_certificate, "dial_key": dial_key}
        values |= {"listen_host": place.host, "health_host": place.host} | dict(settings)
        run = {"launcher": place.launcher, "threads": place.threads, "host": place.host}
        return Service("snni_server", values, directory, **run)  # type: ignore[arg-type]

    def start(self) -> ShareServers:
        """Start all, and write the file that names them. Raises ProcessError."""
        for service in self.services.values():
            service.start()
        where = {
            role.value: asdict(Endpoint(self._places[role].host, service.ports()["snni"], spiffe_id(role)))
            for role, service in self.services.items()
        }
        unfinished = self.peers.with_suffix(".new")
        unfinished.write_text(json.dumps(where))
        unfinished.replace(self.peers)
        for service in self.services.values():
            service.stay_on(listen_port="snni")
        return self

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
