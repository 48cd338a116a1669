"""A Redis that was put back from an older copy: what the ward's records say of alerts stays as the audit log has it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki
from localsite.redis_server import RedisServer
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[NatsPair]:
    one = start_pair(tmp_path_factory.mktemp("ward"), pki)
    yield one
    one.stop()


async def outcomes(process: AlertsProcess) -> list[tuple[str, str]]:
    """Every alert of the ward's history with its outcome."""
    async with await process.client() as client:
        answer = (await client.get("/ward/ward-1/history.csv")).raise_for_status()
    table = answer.content.decode("utf-8-sig")
    return [(row["alert"], row["outcome"]) for row in csv.DictReader(table.splitlines())]


async def test_an_outcome_stays_in_the_records(pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path) -> None:
    await pair.wait_joined()
    await pair.provision()
    async with (
        rooms_on(pair) as rooms,
        alerts_process(pair, fresh_redis.url, tmp_path / "alerts") as process,
        Redis.from_url(fresh_redis.url) as redis,
    ):
        await rooms.pain("room-1", 2, 6.0)
        await rooms.pain("room-1", 2, 1.0)
        await eventually(process.open_alerts)
        (alert,) = await process.open_alerts()
        kept = {key: await redis.dump(key) for key in await redis.keys("veilward:alerts:*")}
        async with await process.client() as client:
            (await client.post(f"/api/v1/alerts/{alert['id']}/arrive")).raise_for_status()
            answer = await client.post(f"/api/v1/alerts/{alert['id']}/resolve", json={"outcome": "pain"})
            answer.raise_for_status()
        assert await outcomes(process) == [(alert["id"], "pain")]
        process.kill()
        await redis.flushall()
        for key, value in kept.items():
            await redis.restore(key, 0, value)
        await process.serve()
        assert await process.open_alerts() == []
        assert await outcomes(process) == [(alert["id"], "pain")]
