"""What an installer makes before the apply, as deploy/README.md tells: an overlay, and the secrets beside it."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

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
    """Copy the example, fill in what is the installer's own, render it. Raises AssertionError."""
    token = secrets.token_urlsafe(24)
    overlay = directory / "overlay"
    overlay.mkdir(parents=True)
    _issue(directory / "issued")
    (overlay / "site.yaml").write_text(_site(token))
    shutil.copy(directory / "issued/ward/keys.pem", overlay / "keys.pem")
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump(_overlay(overlay)))
    objects = render(overlay)
    namespaces = {
        one["spec"]["secretName"]: one["metadata"]["namespace"] for one in objects if one["kind"] == "Certificate"
    }
    for folder in sorted((directory / "issued/secrets").iterdir()):
        namespace = (namespaces | ALONE)[folder.name]
        objects.append(_secret(folder.name, namespace, {path.name: path.read_bytes() for path in folder.iterdir()}))
    return Installation(directory, token, [*objects, *_passwords()])


def _issue(directory: Path, days: int = 90) -> None:
    command = [str(DEPLOY / "certificates/issue"), str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"DAYS": str(days)})
    assert done.returncode == 0, done.stderr


def _site(token: str) -> str:
    site = yaml.safe_load((DEPLOY / "k8s/site/site.yaml").read_text())
    (camera,) = site["wards"][0]["rooms"][0]["cameras"]
    assert (site["wards"][0]["id"], site["wards"][0]["rooms"][0]["id"], camera["id"]) == (WARD, ROOM, CAMERA)
    camera["token_sha256"] = hashlib.sha256(token.encode()).hexdigest()
    return yaml.safe_dump(site)


def _overlay(overlay: Path) -> Object:
    plan = (ROOT / "models/expression-real/plan.json").read_bytes()
    example = os.path.relpath(WHOLE, overlay)
    site = {"name": "site", "behavior": "replace", "files": ["site.yaml"]}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [example],
        "configMapGenerator": [
            *(site | {"namespace": f"veilward-{zone}"} for zone in ("room", "ward")),
            {
                "name": "veilward-network",
                "namespace": "veilward-room",
                "literals": [f"plan_hash={hashlib.sha256(plan).hexdigest()}"],
            },
            {"name": "veilward-ward-keys", "namespace": "veilward-room", "files": ["keys.pem"]},
        ],
        "patches": [
            {
                "target": {"kind": "StatefulSet", "name": "veilward-ingest"},
                "patch": yaml.safe_dump(
                    {
                        "apiVersion": "apps/v1",
                        "kind": "StatefulSet",
                        "metadata": {"name": "veilward-ingest"},
                        "spec": {"template": {"spec": {"containers": [_announced()]}}},
                    }
                ),
            }
        ],
    }


def _announced() -> Object:
    announced = {"name": "VEILWARD_INGEST_MEDIA_ANNOUNCED", "value": f'["{INGEST_ADDRESS}"]'}
    return {"name": "ingest", "env": [announced]}


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
