"""A room device whose store was emptied: its levels come, and the ward is told. Real servers and processes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from localsite.nats_pair import NatsPair
from localsite.redis_server import start_redis
from services.bus import outgoing
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

A_MINUTE_NS = 60 * 10**9


TOLD = "The device of Room 1 started over: what it had not sent is lost."


@pytest.fixture
async def minute_old_pair(fresh_pair: NatsPair, monkeypatch: pytest.MonkeyPatch) -> NatsPair:
    """Its store began a minute ago and holds a level: two that begin within ten seconds are not told apart (JUMP)."""
    with monkeypatch.context() as earlier:
        earlier.setattr(outgoing, "time", SimpleNamespace(time_ns=lambda: time.time_ns() - A_MINUTE_NS))
        await fresh_pair.provision()
    async with rooms_on(fresh_pair) as rooms:
        await rooms.pain("room-1", 0)
    return fresh_pair


async def start_over(pair: NatsPair) -> None:
    """Empty the device's store, and send a level from the new one."""
    pair.leaf.kill()
    shutil.rmtree(pair.leaf.config.parent / "jetstream")
    pair.restart_leaf()
    async with rooms_on(pair) as rooms:
        await rooms.pain("room-1", 3)


async def shows(process: AlertsProcess, level: int) -> bool:
    """Whether the room's camera has this level."""
    views = (await process.snapshot())["rooms"]
    view = next(one for one in views if one["id"] == "room-1")  # type: ignore[attr-defined]
    return bool(view["cameras"][0]["level"] == level)


async def told(process: AlertsProcess) -> bool:
    """Whether the page says so."""
    return TOLD in (await process.snapshot())["degraded"]  # type: ignore[operator]


@pytest.mark.parametrize("listening", [True, False])
async def test_the_ward_hears_of_a_device_that_started_over(
    minute_old_pair: NatsPair, tmp_path: Path, listening: bool
) -> None:
    """Also where it happened while `alerts` was down."""
    redis = start_redis(tmp_path / "redis")
    try:
        async with alerts_process(minute_old_pair, redis.url, tmp_path / "alerts") as process:
            async with rooms_on(minute_old_pair) as rooms:
                await rooms.pain("room-1", 0)
            await eventually(lambda: shows(process, 0))
            assert not await told(process)
            if not listening:
                process.kill()
            await start_over(minute_old_pair)
            if not listening:
                await process.serve()
            await eventually(lambda: shows(process, 3))
            await eventually(lambda: told(process))
    finally:
        redis.kill()
