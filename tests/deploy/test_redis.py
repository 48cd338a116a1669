"""The ward's Redis on its own configuration and user: what the alerts' store needs works, nothing else does."""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
from redis.retry import Retry

from localsite.pki import Pki
from localsite.process import Process, ProcessError
from services.alerts.state.redis_store import RedisStore
from tests.deploy.manifests import K8S
from tests.support.waiting import PATIENCE_S

PASSWORD = "a-password-of-the-test"
WARD = K8S / "ward" / "redis"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _started(directory: Path, text: str) -> tuple[Process, int]:
    """Redis takes no "any free port" for TLS: where somebody was quicker to take one, the next is tried."""
    config, log = directory / "redis.conf", directory / "redis.log"
    while True:
        port = _free_port()
        config.write_text(text.replace("tls-port 6379", f"bind 127.0.0.1\ntls-port {port}"))
        log.unlink(missing_ok=True)
        process = Process("redis", ["redis-server", str(config)], log).start()
        try:
            process.wait_for("ready line", lambda: "Ready to accept connections" in log.read_text() or None)
            return process, port
        except ProcessError:
            process.stop()
            if "Address already in use" not in log.read_text():
                raise


@pytest.fixture
def configured(tmp_path: Path, pki: Pki) -> tuple[str, Path]:
    """(configuration, authority) of a Redis of the installation's files, with this machine's paths."""
    cert, key, ca = pki.issue("redis", "bus-ward", "spiffe://veilward/ward/redis/0", "server")
    template = (WARD / "users.acl.template").read_text()
    users = tmp_path / "users.acl"
    users.write_text(template.replace("PASSWORD_SHA256", hashlib.sha256(PASSWORD.encode()).hexdigest()))
    text = (WARD / "redis.conf").read_text()
    for inside, here in {
        "/etc/veilward/redis/server/tls.crt": cert,
        "/etc/veilward/redis/server/tls.key": key,
        "/etc/veilward/redis/server/ca.crt": ca,
        "/etc/veilward/redis/users/users.acl": users,
        "/data/redis.sock": tmp_path / "redis.sock",
        "/data/redis.pid": tmp_path / "redis.pid",
        "dir /data": f"dir {tmp_path}",
    }.items():
        assert text.count(inside) == 1, inside
        text = text.replace(inside, str(here))
    assert text.count("tls-port 6379") == 1
    return text, ca


@pytest.fixture
def server(tmp_path: Path, configured: tuple[str, Path]) -> Iterator[tuple[int, Path]]:
    """(port, authority) of one that runs."""
    process, port = _started(tmp_path, configured[0])
    yield port, configured[1]
    process.stop()


def _client(port: int, **options: object) -> Redis:
    return Redis(host="localhost", port=port, socket_timeout=PATIENCE_S, retry=Retry(NoBackoff(), 0), **options)


def _alerts(server: tuple[int, Path], password: str = PASSWORD) -> Redis:
    return _client(server[0], username="alerts", password=password, ssl=True, ssl_ca_certs=str(server[1]))


def _store(port: int, ca: Path) -> RedisStore:
    context, url = ssl.create_default_context(cafile=ca), f"rediss://alerts:{PASSWORD}@localhost:{port}/0"
    return RedisStore(url, "haus-am-see", context=context, timeout_s=PATIENCE_S)


async def test_the_store_works_over_tls_as_its_user(server: tuple[int, Path]) -> None:
    store = _store(*server)
    assert await store.load() is None
    await store.save_all([], [], NOW, 7)
    assert await store.save([], [], NOW, 8)
    saved = await store.load()
    assert saved is not None
    assert saved.stream_sequence == 8
    used, limit = await store.memory()
    assert 0 < used < limit == 128 * 1024**2
    await store.close()


async def test_what_was_saved_is_there_after_a_restart(tmp_path: Path, configured: tuple[str, Path]) -> None:
    """The file is read back as the user `default`, which nobody can be and which may write what alerts writes."""
    text, ca = configured
    for sequence in (None, 7, 8):
        process, port = _started(tmp_path, text)
        store = _store(port, ca)
        saved = await store.load()
        assert (saved.stream_sequence if saved else None) == sequence
        if sequence is None:
            await store.save_all([], [], NOW, 7)
        else:
            assert await store.save([], [], NOW, 8)
        await store.close()
        process.stop()
        assert "NOPERM" not in (tmp_path / "redis.log").read_text()


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("KEYS", "*"),
        ("ACL", "LIST"),
        ("SCRIPT", "LOAD", "return 1"),
        ("HGETALL", "something:else"),
        ("PUBLISH", "a", "b"),
    ],
)
def test_the_user_may_do_nothing_else(server: tuple[int, Path], command: tuple[str, ...]) -> None:
    with _alerts(server) as client, pytest.raises(NoPermissionError):
        client.execute_command(*command)


@pytest.mark.parametrize("call", ["'FLUSHALL'", "'KEYS', '*'", "'HGETALL', 'something:else'"])
def test_a_script_may_do_no_more_than_its_user(server: tuple[int, Path], call: str) -> None:
    with _alerts(server) as client, pytest.raises(ResponseError, match="executing the script can't"):
        client.execute_command("EVAL", f"return redis.call({call})", "0")


def test_strangers_and_plain_connections_are_refused(server: tuple[int, Path]) -> None:
    with _alerts(server, password="wrong") as client, pytest.raises(AuthenticationError):
        client.ping()
    port, ca = server
    with _client(port, ssl=True, ssl_ca_certs=str(ca)) as client, pytest.raises(RedisError):
        client.ping()
    with _client(port) as client, pytest.raises(RedisError):
        client.ping()


def test_what_is_written_is_on_disk(server: tuple[int, Path], tmp_path: Path) -> None:
    with _alerts(server) as client:
        client.hset("veilward:alerts:{x}:meta", mapping={"format": "1"})
    assert re.search("appendfsync everysec", (tmp_path / "redis.conf").read_text())
    assert list((tmp_path / "appendonlydir").glob("*.aof"))
