"""A home without Kubernetes: deploy/compose run by podman-compose as deploy/README.md tells, on a machine of its own.

The machine is the router of a fabric: its networks, its firewall and its ports are in that network namespace alone.
"""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import yaml

from tests.deploy.cluster.fabric import Fabric, run
from tests.deploy.cluster.installer import DASHBOARD_ADDRESS, HOME, INGEST_ADDRESS, fill_in
from tests.deploy.cluster.leftovers import PREFIX
from tests.deploy.cluster.podman import LIMITS, RUNTIME
from tests.deploy.compose import FILE
from tests.deploy.told import follow

OURS = ("ingest", "keyframe", "snni-client", "provision", "snni-server", "alerts")
NO_TIMERS = {"DISABLE_HC_SYSTEMD": "true"}
"""Podman runs health checks by systemd, which nothing here starts."""
READY = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8081/readyz').status)"


@dataclass
class Composed:
    """directory: /srv/home of the page. token: the camera's, once it is made."""

    directory: Path
    token: str = ""

    def __post_init__(self) -> None:
        self.fabric = Fabric(f"{PREFIX}{os.getpid()}c")
        self._home = {HOME: self.directory}
        self._programs = self.directory / "programs"

    def __enter__(self) -> Composed:
        self.fabric.start()
        for address in (INGEST_ADDRESS, DASHBOARD_ADDRESS):
            run("ip", "-n", self.fabric.node.namespace, "address", "add", f"{address}/32", "dev", "lo")
        self._podman()
        try:
            self._install()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def secrets(self) -> Path:
        return self.directory / "compose" / "secrets"

    def link(self) -> str:
        """A person's, made as the page tells."""
        told = follow(
            "podman-compose -f /srv/home/compose/docker-compose.yml exec -T veilward-alerts "
            "veilward-alerts people add anna --name Anna --role overseer --every-ward",
            self._home,
            self._programs,
            **NO_TIMERS,
        )
        return told.strip().splitlines()[-1]

    def ready(self, app: str) -> bool:
        """Whether a service of ours says that it is."""
        words = ("podman", *RUNTIME, "exec", f"compose_veilward-{app}_1", "/opt/veilward/bin/python", "-c", READY)
        try:
            return run(*words).strip() == "200"
        except AssertionError:
            return False

    def stop(self) -> None:
        """Everything goes."""
        names = [f"compose_{name}_1" for name in yaml.safe_load(FILE.read_text())["services"]]
        for words in (("rm", "--force", "--ignore", "--time", "0", *names), ("network", "prune", "--force")):
            run(str(self._programs / "podman"), *words)
        self.fabric.stop()

    def _install(self) -> None:
        home, programs = self._home, self._programs
        follow("mkdir -p /srv/home", home)
        follow("cp -r deploy/compose deploy/k8s /srv/home", home)
        follow("deploy/certificates/issue /srv/home/compose", home)
        follow("install -D deploy/k8s/examples/single-node/site.yaml /srv/home/compose/site/site.yaml", home)
        told = follow("token=$(openssl rand -base64 24); echo $token; printf %s $token | sha256sum")
        self.token, hashed = told.split()[:2]
        fill_in(self.directory / "compose/site/site.yaml", hashed)
        follow("install -m 600 /dev/null /srv/home/compose/.env", home)
        follow(
            "echo VEILWARD_PLAN_HASH=$(sha256sum models/expression-real/plan.json | cut -d ' ' -f 1) "
            ">/srv/home/compose/.env",
            home,
        )
        follow(
            "echo VEILWARD_REDIS_URL=$(cat /srv/home/compose/secrets/veilward-redis/url) >>/srv/home/compose/.env", home
        )
        follow(
            "echo VEILWARD_DATABASE_URL=$(cat /srv/home/compose/secrets/veilward-postgres/url) "
            ">>/srv/home/compose/.env",
            home,
        )
        follow("echo VEILWARD_MEDIA_ADDRESS=192.0.2.10 >>/srv/home/compose/.env", home)
        follow(
            "grep -o './data/[a-z-]*' deploy/compose/docker-compose.yml | (cd /srv/home/compose && xargs mkdir -p)",
            home,
        )
        follow("chown -R 65532:65532 /srv/home/compose/secrets /srv/home/compose/ward /srv/home/compose/data", home)
        follow("podman-compose -f /srv/home/compose/docker-compose.yml up -d", home, programs, **NO_TIMERS)

    def _podman(self) -> None:
        """Podman on that machine, with the limits that this one allows."""
        self._programs.mkdir(parents=True)
        path, real = self._programs / "podman", shutil.which("podman")
        words = shlex.join(["nsenter", f"--net={self.fabric.node.path}", str(real), *RUNTIME])
        limits = f'case $1 in run|create) word=$1; shift; set -- "$word" {shlex.join(LIMITS)} "$@" ;; esac'
        path.write_text(f'#!/bin/sh\n{limits}\nexec {words} "$@"\n')
        path.chmod(0o755)
