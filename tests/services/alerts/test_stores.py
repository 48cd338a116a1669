"""How full the ward's stores are, told by a running service beside a real NATS, Redis and database."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.postgres_server import PostgresServer
from localsite.redis_server import RedisServer
from services.alerts.records.database import Database
from services.bus.streams import ledger_stream, ward_stream
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

SERIES = re.compile(r'^veilward_alerts_store_(bytes|limit_bytes)\{store="(\w+)"\} (\S+)$', re.MULTILINE)


async def stores(process: AlertsProcess) -> dict[str, dict[str, float]]:
    """By kind of series: value by store."""
    found: dict[str, dict[str, float]] = {"bytes": {}, "limit_bytes": {}}
    for kind, store, value in SERIES.findall(await asyncio.to_thread(process.metrics)):
        found[kind][store] = float(value)
    return found


async def test_what_fills_is_told_with_its_limit(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with rooms_on(fresh_pair) as rooms:
        await rooms.pain("room-1", 0)
        async with alerts_process(fresh_pair, fresh_redis.url, tmp_path / "alerts") as process:

            async def whole() -> bool:
                held = (await stores(process))["bytes"]
                told = await asyncio.to_thread(process.metrics)
                device = f'veilward_alerts_device_heard_timestamp_seconds{{device="{fresh_pair.domain}"}} 1'
                return (
                    device in told
                    and set(held) == {"WARD", "LEDGER", "redis", "database", "volume"}
                    and min(held.values()) > 0
                )

            await eventually(whole)
            limits = (await stores(process))["limit_bytes"]
            assert limits["WARD"] == ward_stream(()).max_bytes
            assert limits["LEDGER"] == ledger_stream().max_bytes
            assert limits["volume"] > (await stores(process))["bytes"]["volume"]
            assert "database" not in limits
            told = process.metrics()
            assert "veilward_alerts_waiting_events 0.0\n" in told
            assert "veilward_alerts_database_up 1.0\n" in told
            assert re.search(r'^veilward_alerts_store_connections{store="redis"} [1-9]', told, re.MULTILINE)
            assert f'veilward_alerts_device_waiting_events{{device="{fresh_pair.domain}"}} 0.0\n' in told


async def test_what_passes_between_room_and_ward_is_counted_by_the_hub(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    crossed = re.compile(r'^veilward_bus_crossed_bytes_total{account="WARD",way="in"} (\S+)$', re.MULTILINE)
    async with (
        rooms_on(fresh_pair) as rooms,
        alerts_process(fresh_pair, fresh_redis.url, tmp_path / "alerts") as process,
    ):
        await rooms.pain("room-1", 0)

        async def counted() -> bool:
            return any(float(one) > 0 for one in crossed.findall(await asyncio.to_thread(process.metrics)))

        await eventually(counted)


async def test_postgresql_tells_its_connections_and_transactions(postgres_server: PostgresServer) -> None:
    database = Database(postgres_server.new_database())
    await database.open()
    connections, before = await database.work()
    assert connections >= 1

    async def more() -> bool:
        return (await database.work())[1] > before

    await eventually(more)
    await database.close()
