"""What an installer does before anything runs, as deploy/README.md tells: site.yaml, overlay, keys, and the apply."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.cluster import kubectl
from tests.deploy.manifests import ROOT
from tests.deploy.told import follow

Object = dict[str, Any]
HOME = "/srv/home"
"""Where the page has it."""
CAMERA, WARD, ROOM = "cam-1", "ward-1", "room-1"
UNROUTED, UNROUTED_ROOM = "cam-2", "room-2"
"""A camera whose media finds no way, of a room of its own."""
UNROUTED_TOKEN = secrets.token_urlsafe(24)
INGEST_ADDRESS = "192.0.2.10"
"""Where cameras find ingest, and what ingest announces for media."""
DASHBOARD_ADDRESS = "198.51.100.10"
ADDRESSES = {"veilward-ingest": INGEST_ADDRESS, "veilward-alerts": DASHBOARD_ADDRESS}


@dataclass(frozen=True)
class Installation:
    """directory: the installer's own. token: the camera's. objects: everything that was applied."""

    directory: Path
    token: str
    objects: list[Object]

    @property
    def issued(self) -> Path:
        """What deploy/certificates/issue wrote."""
        return self.directory / "overlay" / "keys"

    @property
    def programs(self) -> Path:
        """The folder with an installer's kubectl."""
        return kubectl.program(self.directory)

    def reissue(self, days: int) -> None:
        """New certificates for everybody, in the same place, good for so long."""
        command = [str(ROOT / "deploy/certificates/issue"), str(self.issued)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"DAYS": str(days)})
        assert done.returncode == 0, done.stderr

    def secret(self, name: str) -> dict[str, bytes]:
        """What the folder of a secret holds now."""
        return {path.name: path.read_bytes() for path in sorted((self.issued / "secrets" / name).iterdir())}

    def password(self, database: str) -> str:
        """Of the user `alerts`."""
        return self.secret(database)["url"].decode().partition("//alerts:")[2].partition("@")[0]


def install(directory: Path) -> Installation:
    """Follow the page up to the apply. Raises AssertionError."""
    home = {HOME: directory}
    follow("mkdir -p /srv/home", home)
    programs = kubectl.program(directory)
    follow("cp deploy/k8s/examples/single-node/site.yaml /srv/home/site.yaml", home)
    token, digest = follow("token=$(openssl rand -base64 24); echo $token; printf %s $token | sha256sum").split()[:2]
    fill_in(directory / "site.yaml", digest)
    follow("./run overlay single-node /srv/home/site.yaml /srv/home/overlay", home)
    follow("deploy/certificates/issue /srv/home/overlay/keys", home)
    follow("kubectl apply -k /srv/home/overlay", home, programs)
    follow("kubectl apply -k /srv/home/overlay/keys", home, programs)
    applied = sorted((directory / "applied").iterdir())
    objects = [one for path in applied for one in yaml.load_all(path.read_text(), yaml.CSafeLoader) if one]
    return Installation(directory, token, objects)


def fill_in(path: Path, digest: str) -> None:
    """By hand, as the page says: the camera's digest, who issues certificates; and another room, of the same device."""
    site = yaml.safe_load(path.read_text())
    rooms = site["wards"][0]["rooms"]
    (camera,) = rooms[0]["cameras"]
    assert (site["wards"][0]["id"], rooms[0]["id"], camera["id"]) == (WARD, ROOM, CAMERA)
    assert site["installation"]["devices"] == [{"id": ROOM, "announced": [INGEST_ADDRESS]}]
    camera["token_sha256"] = digest
    hashed = hashlib.sha256(UNROUTED_TOKEN.encode()).hexdigest()
    other = camera | {"id": UNROUTED, "token_sha256": hashed}
    rooms.append({"id": UNROUTED_ROOM, "name": "Room 2", "cameras": [other]})
    site["installation"]["devices"][0]["rooms"] = [ROOM, UNROUTED_ROOM]
    site["installation"]["certificates"] = "script"
    path.write_text(yaml.safe_dump(site))
