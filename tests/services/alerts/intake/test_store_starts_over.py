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
from tests.services.alerts.ward import alerts_process, rooms_on
from tests.support.waiting import eventually

A_MINUTE_NS = 60 * 10**9


async def test_the_ward_hears_of_a_device_that_started_over(
    fresh_pair: NatsPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first store is made a minute old: two that begin within ten seconds are not told apart (origin.JUMP)."""
    redis = start_redis(tmp_path / "redis")
    try:
        with monkeypatch.context() as earlier:
            earlier.setattr(outgoing, "time", SimpleNamespace(time_ns=lambda: time.time_ns() - A_MINUTE_NS))
            await fresh_pair.provision()
        async with rooms_on(fresh_pair) as rooms:
            await rooms.pain("room-1", 0)
        async with alerts_process(fresh_pair, redis.url, tmp_path / "alerts") as process:
            async with rooms_on(fresh_pair) as rooms:
                await rooms.pain("room-1", 0)

            async def level(wanted: int) -> bool:
                views = (await process.snapshot())["rooms"]
                view = next(one for one in views if one["id"] == "room-1")  # type: ignore[attr-defined]
                return bool(view["cameras"][0]["level"] == wanted)

            await eventually(lambda: level(0))
            assert not [one for one in (await process.snapshot())["degraded"] if "started over" in one]  # type: ignore[attr-defined]
            fresh_pair.leaf.kill()
            shutil.rmtree(fresh_pair.leaf.config.parent / "jetstream")
            fresh_pair.restart_leaf()
            async with rooms_on(fresh_pair) as rooms:
                await rooms.pain("room-1", 3)

            async def told() -> bool:
                said = (await process.snapshot())["degraded"]
                return "The device of Room 1 started over: what it had not sent is lost." in said  # type: ignore[operator]

            await eventually(lambda: level(3))
            await eventually(told)
    finally:
        redis.kill()
