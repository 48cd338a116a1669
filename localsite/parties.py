"""Both parties of a secure inference on this machine: the edge's service, and a bare client, as two processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localsite.pki import Pki
from localsite.process import Process, python
from localsite.service import Service


@dataclass(frozen=True)
class Place:
    """Where a party runs.

    launcher: a command that becomes the one after it. threads: that share its work. host: where a server listens, or
    what a client dials.
    """

    launcher: tuple[str, ...] = ()
    threads: int = 1
    host: str = "127.0.0.1"


HERE = Place()


def server(
    bundle: Path, directory: Path, pki: Pki, place: Place = HERE, settings: Mapping[str, object] | None = None
) -> Service:
    """The edge's service on a free port, not yet started."""
    certificate, key, ca = pki.cert("snni_server")
    values: dict[str, object] = {"bundle": bundle.resolve(), "certificate": certificate, "key": key, "ca": ca}
    values |= {"threads": place.threads, "listen_host": place.host, "health_host": place.host} | dict(settings or {})
    return Service("snni_server", values, directory, launcher=place.launcher, threads=place.threads, host=place.host)


def client(
    directory: Path,
    pki: Pki,
    port: int,
    plan_hash: str,
    arguments: tuple[str, ...],
    place: Place = HERE,
    certificate: str = "snni_client",
    module: str = "localsite.party_client",
) -> Process:
    """A client that infers a .npy of images and writes JSON (party_client, or another module), not yet started.

    arguments: beside those that tell whom to dial and as whom; --images and --out are among them.
    """
    cert, key, ca = pki.cert(certificate)
    dialled = ("--host", place.host, "--port", str(port), "--plan-hash", plan_hash, "--threads", str(place.threads))
    identity = ("--certificate", str(cert), "--key", str(key), "--ca", str(ca))
    command = (*place.launcher, *python(module, *dialled, *identity, *arguments))
    environment = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": str(place.threads)}
    return Process("snni_infer", command, directory / "snni_infer.log", environment, directory)
