"""One ingest process for the folder, on a real NATS pair; a camera of its own for every test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from demo.camera import http_session
from tests.services.ingest.process import IngestProcess, start_ingest
from tests.services.ingest.whip import Whip
from tests.support.servers import NatsPair

CAMERAS = tuple(f"cam-{number:03}" for number in range(160))


@pytest.fixture(scope="session")
def joined_pair(nats_pair: NatsPair) -> NatsPair:
    """Hub and leaf with their streams."""
    asyncio.run(nats_pair.provision())
    return nats_pair


@pytest.fixture(scope="session")
def ingest(tmp_path_factory: pytest.TempPathFactory, joined_pair: NatsPair) -> Iterator[IngestProcess]:
    """The running service."""
    extra = {
        "VEILWARD_INGEST_MAX_SESSIONS": "200",
        "VEILWARD_INGEST_HEARTBEAT_S": "300",
        "VEILWARD_INGEST_SAMPLE_PERIOD_S": "0.5",
        "VEILWARD_INGEST_STUN_URL": "stun:stun.test:3478",
        "VEILWARD_INGEST_CORS_ORIGIN": "*",
    }
    process = start_ingest(tmp_path_factory.mktemp("ingest"), joined_pair, CAMERAS, extra)
    yield process
    assert process.stop() == 0, process.log.read_text()


@pytest.fixture
async def http(ingest: IngestProcess) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that verifies the service's certificate."""
    async with http_session(ingest.ca) as session:
        yield session


@pytest.fixture
async def whip(ingest: IngestProcess, http: aiohttp.ClientSession) -> AsyncIterator[Whip]:
    """WHIP requests for a camera that no other test uses; its sessions are deleted afterwards."""
    one = Whip(http, ingest, ingest.fresh_camera())
    yield one
    await one.delete_all()
