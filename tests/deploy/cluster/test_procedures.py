"""Commands of deploy/README.md for whoever looks after an installation, as they stand there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.deploy.cluster.installer import Installation
from tests.deploy.cluster.outside import WardPage
from tests.deploy.cluster.pictures import docker
from tests.deploy.cluster.player import Cluster
from tests.deploy.cluster.podman import content
from tests.deploy.told import follow
from tests.support.waiting import until

NEXT = "another-password"


def test_the_database_is_copied_from_its_pod(installation: Installation, ward_page: WardPage) -> None:
    ward_page.look()
    dump = follow(
        "kubectl -n veilward-ward exec veilward-postgres-0 -- pg_dump -h /var/lib/postgresql/data -U postgres veilward",
        programs=installation.programs,
    )
    assert "CREATE TABLE" in dump and "PostgreSQL database dump complete" in dump
    assert "Anna" in dump, "the person who was made"


def test_the_databases_password_is_set_from_its_pod(cluster: Cluster, installation: Installation) -> None:
    told = follow(
        "kubectl -n veilward-ward exec veilward-postgres-0 -- psql -h /var/lib/postgresql/data -U postgres "
        "-d veilward -c \"ALTER ROLE alerts PASSWORD 'NEW'\"",
        {"NEW": installation.password("veilward-postgres")},
        installation.programs,
    )
    assert "ALTER ROLE" in told


def test_the_tables_go_back_to_the_version_before_and_forward_again(
    cluster: Cluster, installation: Installation, ward_page: WardPage
) -> None:
    ward_page.look()
    made = follow(
        "kubectl -n veilward-ward exec veilward-alerts-0 -- veilward-alerts backup make /var/lib/veilward/audit/before",
        programs=installation.programs,
    )
    assert "lines of the audit log" in made
    told = follow(
        "kubectl -n veilward-ward exec veilward-alerts-0 -- veilward-alerts tables --back-to 0002",
        programs=installation.programs,
    )
    assert told.startswith("tables of version 0002")
    assert all(pod.ready for pod in cluster.of("alerts"))
    one = cluster.of("alerts")[0]
    before = len(one.restarts)
    cluster.execute(one, "sh", "-c", "kill -TERM 1")
    until(lambda: len(one.restarts) > before and one.ready)
    assert not cluster.execute(one, "veilward-alerts", "tables").startswith("tables of version 0002")


def test_the_doctor_finds_nothing_wrong(cluster: Cluster, installation: Installation, ward_page: WardPage) -> None:
    ward_page.look()
    told = follow(
        "kubectl -n veilward-room exec veilward-ingest-0 -- veilward doctor ingest", programs=installation.programs
    )
    assert "ok" in told and "fail" not in told


def test_an_image_is_built(images: set[str], tmp_path: Path) -> None:
    follow(
        "docker build -f deploy/images/Dockerfile --target alerts -t veilward/alerts:0.1.0 .",
        programs=docker(tmp_path),
    )


def test_redis_takes_a_second_password_when_it_is_started_again(cluster: Cluster, installation: Installation) -> None:
    redis, first = cluster.one("redis"), installation.password("veilward-redis")
    users = cluster.known["veilward-ward", "Secret", "veilward-redis"]
    hashed = _hash(first)
    both = content(users)["users.acl"].decode().replace(f"#{hashed}", f"#{hashed} #{_hash(NEXT)}")
    cluster.renew("veilward-redis", {"users.acl": both.encode()})
    before = len(redis.restarts)
    cluster.execute(redis, "sh", "-c", "kill -TERM 1")
    until(lambda: len(redis.restarts) > before and redis.ready)
    for password in (first, NEXT):
        words = ("redis-cli", "-s", "/data/redis.sock", "--user", "alerts", "--pass", password, "PING")
        assert cluster.execute(redis, *words).split() == ["PONG"]


def _hash(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
