"""The probes of NATS and Redis: well while the server answers, and an eye on certificates that were renewed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.redis_server import start_redis
from tests.deploy.manifests import K8S, pods
from tests.support.waiting import PATIENCE_S, until


def probe(script: Path, **settings: object) -> int:
    """Its exit status."""
    environment = os.environ | {name: str(value) for name, value in settings.items()}
    return subprocess.run(["sh", str(script)], env=environment, check=False).returncode


def newer(path: Path, than: Path) -> None:
    """Make `path` younger than `than`, as a renewal is."""
    moment = than.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(moment, moment))


@pytest.mark.parametrize("zone", ["room", "ward"])
def test_nats_is_told_once_of_each_renewal(zone: str, fresh_pair: NatsPair, tmp_path: Path) -> None:
    server = fresh_pair.leaf if zone == "room" else fresh_pair.hub
    files, stamp = tmp_path / "mounts" / "server", tmp_path / "stamp"
    files.mkdir(parents=True)
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (files / name).write_text(name)
    settings = {"FILES": files.parent, "STAMP": stamp, "MONITOR": server.monitor_url, "SERVER": server.process.pid}
    script = K8S / zone / "nats" / "alive.sh"

    def told() -> int:
        return server.process.log.read_text().count("Reloaded server configuration")

    assert probe(script, **settings) == 0
    until(lambda: told() == 1)
    for name in ("tls.crt", "ca.crt"):
        before = told()
        newer(files / name, stamp)
        assert probe(script, **settings) == 0
        until(lambda before=before: told() == before + 1)
        os.utime(files / name, ns=(0, 0))
    assert probe(script, **settings) == 0
    assert told() == 3
    server.process.kill()
    assert probe(script, **settings) != 0


def test_redis_is_started_again_with_renewed_files(tmp_path: Path) -> None:
    redis = start_redis(tmp_path / "redis")
    started = tmp_path / "redis.pid"
    started.write_text("")
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, ns=(0, 0))
    settings = {"FILES": tmp_path, "STARTED": started, "SOCKET": redis.socket, "SERVER": redis.process.pid}
    script = K8S / "ward" / "redis" / "alive.sh"
    assert probe(script, **settings) == 0
    assert redis.process.running
    newer(tmp_path / "tls.crt", started)
    assert probe(script, **settings) == 0
    assert redis.process.wait(PATIENCE_S) == 0
    assert probe(script, **settings) != 0


def test_the_probes_are_the_pods() -> None:
    for pod in pods():
        if pod.app in ("nats-leaf", "nats-hub", "redis", "postgres"):
            command = pod.container["livenessProbe"]["exec"]["command"]
            mounts = {mount["mountPath"]: mount["name"] for mount in pod.container["volumeMounts"]}
            assert command[0] == "sh"
            assert str(Path(command[1]).parent) in mounts
    assert not [pod.app for pod in pods() if "tcpSocket" in str(pod.container)], (
        "a handshake that never comes is an error"
    )
