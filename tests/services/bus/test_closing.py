"""The end of a connection, whatever its server does."""

from __future__ import annotations

import asyncio
import os
import signal
from urllib.parse import urlparse

import psutil
import pytest

from localsite.nats_pair import NatsPair
from services.bus.nats_bus import Bus
from services.bus.subjects import FRAMES_ALL
from tests.services.bus import samples
from tests.services.bus.room import lost_by, room, waits_in
from tests.support.waiting import PATIENCE_S, eventually


async def test_iterations_end_when_the_bus_closes(fresh_pair: NatsPair) -> None:
    async with fresh_pair.bus("keyframe") as keyframe:
        frames = await keyframe.subscribe(FRAMES_ALL)
        await keyframe.close()
        assert [message async for message in frames] == []


async def test_a_bus_that_is_closed_is_not_lost(fresh_pair: NatsPair, caplog: pytest.LogCaptureFixture) -> None:
    async with room(fresh_pair):
        pass
    assert "bus_lost" not in caplog.messages


async def test_a_server_that_says_nothing_more_does_not_hold_up_the_end(
    fresh_pair: NatsPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for as long as asyncio gives a TLS connection to end, here longer than a test waits; and the connection is
    not left open, nor where closing it is cut short."""
    monkeypatch.setattr(asyncio.constants, "SSL_SHUTDOWN_TIMEOUT", 10 * PATIENCE_S)

    def connections() -> int:
        found = psutil.Process().net_connections("tcp")
        return sum(1 for one in found if one.raddr and one.raddr.port == urlparse(fresh_pair.leaf.url).port)

    both = [await Bus.connect(fresh_pair.settings("keyframe"), "keyframe") for _ in range(2)]
    os.kill(fresh_pair.leaf.process.pid, signal.SIGSTOP)
    try:
        assert connections() == 2
        await asyncio.wait_for(both[0].close(drain_s=0.1), PATIENCE_S)
        assert connections() == 1
        closing = asyncio.create_task(both[1].close(drain_s=PATIENCE_S))
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert connections() == 0
    finally:
        os.kill(fresh_pair.leaf.process.pid, signal.SIGCONT)


async def test_a_bus_closes_while_its_server_is_away_and_something_waits_to_be_written(fresh_pair: NatsPair) -> None:
    """Or a service that is told to stop ends as one that failed."""
    async with room(fresh_pair) as (_, client):
        fresh_pair.leaf.kill()
        await eventually(lost_by(client))
        waiting = asyncio.create_task(client.publish_durable(samples.pain(sequence=1)))
        await eventually(waits_in(client))
        await client.close(drain_s=0.1)
        waiting.cancel()
        await asyncio.wait([waiting])
