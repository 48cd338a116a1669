"""Fixtures with real servers. Each ends with the test, module or session that asked for it, also after a failure."""

from __future__ import annotations

import gc
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki, make_pki
from localsite.postgres_server import PostgresServer, start_postgres
from localsite.redis_server import RedisServer, start_redis

# Machines are shared: a slow example is not a failing one. The same examples everywhere, so that a run can be repeated.
settings.register_profile("shared", deadline=None, derandomize=True)
settings.load_profile("shared")


@pytest.fixture(autouse=True)
def _weights_drawn_alike(request: pytest.FixtureRequest) -> None:
    """Networks drawn by torch's own generator are those of the last run. (Nothing secret is ever drawn from it.)"""
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(zlib.crc32(request.node.nodeid.encode()))


_files: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _left_open_is_told_here(request: pytest.FixtureRequest) -> Iterator[None]:
    """A file whose tests leave a socket or a task open fails itself, not whatever runs when the collector comes by."""
    print("the file before:", *_files[-1:])  # shown where what follows fails: it was that file's
    _files.append(request.node.nodeid)
    gc.collect()  # what the last test of the file before held until its end: frozen, it would stay for the whole run
    gc.freeze()  # what is alive now is older than this file: not looked at again, so that this stays cheap
    yield
    gc.collect()


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One throw-away PKI for the whole run."""
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def nats_pair(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[NatsPair]:
    """A hub and a leaf for the whole run: for tests that neither kill a server nor mind each other's streams."""
    pair = start_pair(tmp_path_factory.mktemp("nats"), pki)
    yield pair
    pair.stop()


@pytest.fixture
def fresh_pair(tmp_path: Path, pki: Pki) -> Iterator[NatsPair]:
    """A hub and a leaf of a test's own, empty, to be killed at will."""
    pair = start_pair(tmp_path, pki)
    yield pair
    pair.stop()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for the whole run; tests use keys or databases of their own."""
    server = start_redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def fresh_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of a test's own, to be killed at will."""
    server = start_redis(tmp_path / "redis")
    yield server
    server.kill()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL for the whole run; tests make databases of their own."""
    server = start_postgres(tmp_path_factory.mktemp("postgres") / "postgres.log")
    yield server
    server.stop()
