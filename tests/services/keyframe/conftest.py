"""One keyframe process for the folder, on a real NATS pair; a camera of its own for every test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from localsite.nats_pair import NatsPair
from tests.services.keyframe.pictures import Source
from tests.services.keyframe.process import COLOUR, KeyframeProcess, ref
from tests.services.keyframe.room import CLOSE_CAMERA, GREY_CAMERA, Room

SETTINGS = {"period_s": 1.0, "retry_s": 0.0, "hold_s": 0.3, "heartbeat_s": 0.5}


@pytest.fixture(scope="session")
def keyframe(tmp_path_factory: pytest.TempPathFactory, nats_pair: NatsPair) -> Iterator[KeyframeProcess]:
    """The running service."""
    asyncio.run(nats_pair.provision())
    crops = {GREY_CAMERA: "48x48x1", CLOSE_CAMERA: "224x224x3-close"}
    crops |= {f"key-{number:02}": COLOUR for number in range(20)}
    process = KeyframeProcess(tmp_path_factory.mktemp("keyframe"), nats_pair, crops, **SETTINGS).start()
    process.ports()
    yield process
    assert process.stop() == 0, process.log_end()
    assert '"event": "stopped"' in process.log.read_text()


@pytest.fixture
async def room(nats_pair: NatsPair) -> AsyncIterator[Room]:
    """Connected as ingest, snni_client and alerts; the streams exist."""
    since = datetime.now(UTC)
    buses = (nats_pair.bus(service) for service in ("ingest", "snni_client", "alerts"))
    async with AsyncExitStack() as stack:
        ingest, client, alerts = [await stack.enter_async_context(bus) for bus in buses]
        yield Room(ingest, client, alerts, since)


@pytest.fixture
def source(keyframe: KeyframeProcess) -> Source:
    """A camera that no other test uses."""
    return Source(ref(keyframe.free.pop()))
