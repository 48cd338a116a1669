"""One ingest process for the folder, on a real NATS pair; a camera of its own for every test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from localsite.nats_pair import NatsPair
from services.probe.whip_client import http_session
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.sources.whip.whip import Whip

CAMERAS = tuple(f"cam-{number:03}" for number in range(160))


@pytest.fixture(scope="session")
def joined_pair(nats_pair: NatsPair) -> NatsPair:
    """Hub and leaf with their streams."""
    asyncio.run(nats_pair.provision())
    return nats_pair


@pytest.fixture(scope="session")
def ingest(tmp_path_factory: pytest.TempPathFactory, joined_pair: NatsPair) -> Iterator[IngestProcess]:
    """The running service."""
    settings = {
        "max_sessions": 200,
        "heartbeat_s": 300,
        "sample_period_s": 0.5,
        "stun_url": "stun:stun.test:3478",
        "cors_origin": "*",
    }
    process = IngestProcess(tmp_path_factory.mktemp("ingest"), joined_pair, CAMERAS, **settings).start()
    process.ports()
    yield process
    assert process.stop() == 0, process.log_end()


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
