"""What an installer makes before the apply, as deploy/README.md tells: site.yaml, its overlay, and the secrets."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.site.overlay.__main__ import main as make_overlay
from tests.deploy.manifests import ROOT, WHOLE, render

Object = dict[str, Any]
DEPLOY = ROOT / "deploy"
CAMERA, WARD, ROOM = "cam-1", "ward-1", "room-1"
INGEST_ADDRESS = "192.0.2.10"
"""Where cameras find ingest, and what ingest announces for media."""
DASHBOARD_ADDRESS = "198.51.100.10"
ADDRESSES = {"veilward-ingest": INGEST_ADDRESS, "veilward-alerts": DASHBOARD_ADDRESS}
PASSWORD = "a-password-of-the-cluster's"
HASHED = hashlib.sha256(PASSWORD.encode()).hexdigest()
QUOTED = "a-password-of-the-cluster%27s"
ALONE = {  # secret: its namespace, for those that are no certificate
    "veilward-consent-key": "veilward-ward",
    "veilward-alerts-audit": "veilward-ward",
}


@dataclass(frozen=True)
class Installation:
    """directory: the installer's own. token: the camera's. objects: everything to apply."""

    directory: Path
    token: str
    objects: list[Object]

    @property
    def issued(self) -> Path:
        """What deploy/certificates/issue wrote."""
        return self.directory / "issued"

    def reissue(self, days: int) -> None:
        """New certificates for everybody, in the same place, good for so long."""
        _issue(self.issued, days)

    def secret(self, name: str) -> dict[str, bytes]:
        """What the folder of a secret holds now."""
        return {path.name: path.read_bytes() for path in sorted((self.issued / "secrets" / name).iterdir())}


def install(directory: Path) -> Installation:
    """Take the example's site.yaml, fill in the camera's token, render what is made of it. Raises AssertionError."""
    token = secrets.token_urlsafe(24)
    directory.mkdir(parents=True, exist_ok=True)
    _issue(directory / "issued")
    site, overlay = directory / "site.yaml", directory / "overlay"
    site.write_text(_site(token))
    assert make_overlay(["single-node", str(site), str(overlay)]) == 0
    objects = render(overlay)
    namespaces = {
        one["spec"]["secretName"]: one["metadata"]["namespace"] for one in objects if one["kind"] == "Certificate"
    }
    for folder in sorted((directory / "issued/secrets").iterdir()):
        namespace = (namespaces | ALONE)[folder.name]
        objects.append(_secret(folder.name, namespace, {path.name: path.read_bytes() for path in folder.iterdir()}))
    return Installation(directory, token, [*objects, *_passwords(), _keys(directory / "issued/ward/keys.pem")])


def _issue(directory: Path, days: int = 90) -> None:
    command = [str(DEPLOY / "certificates/issue"), str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"DAYS": str(days)})
    assert done.returncode == 0, done.stderr


def _site(token: str) -> str:
    site = yaml.safe_load((WHOLE / "site.yaml").read_text())
    (camera,) = site["wards"][0]["rooms"][0]["cameras"]
    assert (site["wards"][0]["id"], site["wards"][0]["rooms"][0]["id"], camera["id"]) == (WARD, ROOM, CAMERA)
    camera["token_sha256"] = hashlib.sha256(token.encode()).hexdigest()
    assert site["installation"]["devices"] == [{"id": ROOM, "announced": [INGEST_ADDRESS]}]
    return yaml.safe_dump(site)


def _passwords() -> list[Object]:
    template = (DEPLOY / "k8s/ward/redis/users.acl.template").read_text()
    redis = {
        "users.acl": template.replace("PASSWORD_SHA256", HASHED).encode(),
        "url": f"rediss://alerts:{QUOTED}@veilward-redis:6379/0".encode(),
    }
    postgres = {
        "password": PASSWORD.encode(),
        "url": f"postgresql://alerts:{QUOTED}@veilward-postgres:5432/veilward".encode(),
    }
    return [_secret("veilward-redis", "veilward-ward", redis), _secret("veilward-postgres", "veilward-ward", postgres)]


def _secret(name: str, namespace: str, files: dict[str, bytes]) -> Object:
    data = {key: base64.b64encode(body).decode() for key, body in files.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": data}


def _keys(path: Path) -> Object:
    named = {"name": "veilward-ward-keys", "namespace": "veilward-room"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": {"keys.pem": path.read_text()}}
