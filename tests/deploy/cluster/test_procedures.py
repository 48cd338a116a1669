"""Commands of deploy/README.md for whoever looks after an installation, as they stand there."""

from __future__ import annotations

import hashlib

from tests.deploy.cluster.installer import HASHED, PASSWORD
from tests.deploy.cluster.outside import WardPage
from tests.deploy.cluster.player import Cluster
from tests.deploy.cluster.podman import content
from tests.support.waiting import until

NEXT = "another-password"


def test_the_database_is_backed_up_from_its_pod(cluster: Cluster, ward_page: WardPage) -> None:
    ward_page.look()
    dump = cluster.execute(
        cluster.one("postgres"), "pg_dump", "-h", "/var/lib/postgresql/data", "-U", "postgres", "veilward"
    )
    assert "CREATE TABLE" in dump and "PostgreSQL database dump complete" in dump
    assert "Who installs" in dump, "the person who was made"


def test_the_databases_password_is_set_from_its_pod(cluster: Cluster) -> None:
    words = ("psql", "-h", "/var/lib/postgresql/data", "-U", "postgres", "-d", "veilward", "-c")
    quoted = PASSWORD.replace("'", "''")
    assert "ALTER ROLE" in cluster.execute(cluster.one("postgres"), *words, f"ALTER ROLE alerts PASSWORD '{quoted}'")


def test_redis_takes_a_second_password_when_it_is_started_again(cluster: Cluster) -> None:
    redis = cluster.one("redis")
    users = cluster.known["veilward-ward", "Secret", "veilward-redis"]
    both = content(users)["users.acl"].decode().replace(f"#{HASHED}", f"#{HASHED} #{_hash(NEXT)}")
    cluster.renew("veilward-redis", {"users.acl": both.encode()})
    before = len(redis.restarts)
    cluster.execute(redis, "sh", "-c", "kill -TERM 1")
    until(lambda: len(redis.restarts) > before and redis.ready)
    for password in (PASSWORD, NEXT):
        words = ("redis-cli", "-s", "/data/redis.sock", "--user", "alerts", "--pass", password, "PING")
        assert cluster.execute(redis, *words).split() == ["PONG"]


def _hash(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
