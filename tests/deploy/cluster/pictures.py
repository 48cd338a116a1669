"""The images that the rendered manifests name, made on this machine where no registry of images is reached.

The base is Debian made by mmdebstrap, under the name that the Dockerfile asks for; the project's own images are built
by the real Dockerfile, and podman keeps its layers, so that only what changed is built again.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from localsite.nats_server import program
from tests.deploy.cluster.podman import LIMITS, RUNTIME
from tests.deploy.manifests import ROOT

BASE = "docker.io/library/debian:bookworm-slim"
OWN = ROOT / "deploy" / "images" / "Dockerfile"
SERVERS = Path(__file__).parent / "servers.Dockerfile"
THEIRS = ("nats", "redis", "postgres")
STORE = ("podman", *RUNTIME)
SLIM = [
    '--aptopt=Acquire::Retries "5"',
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "info", "locale", "man")),
]
"""As Debian's own image of that name."""
TRUSTED = "/run/authorities.pem"


def made(images: Iterable[str]) -> None:
    """All of these, as `registry/.../NAME:TAG`. Raises AssertionError with the end of what podman wrote."""
    lock = Path(tempfile.gettempdir()) / "veilward-images.lock"
    with tempfile.TemporaryDirectory(prefix="veilward-images-") as scratch, lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # another worker's build leaves layers that this one takes
        if subprocess.run([*STORE, "image", "exists", BASE]).returncode:
            _base(Path(scratch))
        for image in sorted(set(images)):
            name = re.fullmatch(r".+/([a-z-]+):[^:/]+", image)
            assert name, image
            _build(name[1], image, Path(scratch))


def _base(scratch: Path) -> None:
    archive = scratch / "base.tar"
    _must(["mmdebstrap", "--quiet", "--variant=minbase", *SLIM, "bookworm", str(archive)])
    _must([*STORE, "import", "--quiet", str(archive), BASE])


def _build(target: str, image: str, scratch: Path) -> None:
    command = [*STORE, "build", *_ways(scratch), "--target", target, "--tag", image]
    if target not in THEIRS:
        _must([*command, "--file", str(OWN), str(ROOT)])
        return
    context = scratch / "context"
    context.mkdir(exist_ok=True)
    shutil.copy(program(), context / "nats-server")
    _must([*command, "--file", str(SERVERS), str(context)])


def _ways(scratch: Path) -> list[str]:
    """This machine's way to packages (pip's settings, its authorities) is mounted for a build, and is in no image."""
    settings = scratch / "pip.conf"
    settings.write_text(_pip_settings())
    authorities = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    words = ["--network", "host", "--pull=never", "--layers", *LIMITS]
    return [*words, "--volume", f"{settings}:/etc/pip.conf:ro", "--volume", f"{authorities}:{TRUSTED}:ro"]


def docker(directory: Path) -> Path:
    """A folder with `docker` for a search path: podman, which builds with this machine's way to packages."""
    folder = directory / "programs"
    folder.mkdir(exist_ok=True)
    path = folder / "docker"
    words = " ".join(shlex.quote(word) for word in [*STORE, "build", *_ways(directory)])
    path.write_text(f'#!/bin/sh\n[ "$1" = build ] || exit 1\nshift\nexec {words} "$@"\n')
    path.chmod(0o755)
    return folder


def _pip_settings() -> str:
    wanted = [f"cert = {TRUSTED}"]
    done = subprocess.run(["python3", "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True)
    if done.returncode == 0 and done.stdout.strip():
        wanted.append(f"index-url = {done.stdout.strip()}")
    return "[global]\n" + "\n".join(wanted) + "\n"


def _must(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(command[:6])} ...:\n{done.stdout[-4000:]}"


def size_bytes(image: str) -> int:
    """What its layers hold."""
    done = subprocess.run([*STORE, "image", "inspect", "--format", "{{.Size}}", image], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
