"""How full the ward's stores are, told by a running service beside a real NATS, Redis and database."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.bus.streams import ledger_stream, ward_stream
from tests.services.alerts.ward import AlertsProcess, alerts_process, rooms_on
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
                return set(held) == {"WARD", "LEDGER", "redis", "database", "volume"} and min(held.values()) > 0

            await eventually(whole)
            limits = (await stores(process))["limit_bytes"]
            assert limits["WARD"] == ward_stream(()).max_bytes
            assert limits["LEDGER"] == ledger_stream().max_bytes
            assert limits["volume"] > (await stores(process))["bytes"]["volume"]
            assert "database" not in limits
            assert "veilward_alerts_waiting_events 0.0\n" in process.metrics()
