"""A ward without cameras on this machine: a NATS pair, Redis, one alerts process over a site file, and its rooms."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.pages.rooms import SAYS, Rooms
from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import DEMO_DOMAIN, make_pki
from localsite.redis_server import RedisServer, start_redis
from localsite.service import Service
from services.bus.messages import CameraRef


@dataclass(frozen=True)
class House:
    """folders: what hub, leaf and alerts keep on disk."""

    pair: NatsPair
    redis: RedisServer
    alerts: Service
    rooms: Rooms
    folders: Mapping[str, Path]


@asynccontextmanager
async def house(
    directory: Path, site: Path, cameras: Sequence[CameraRef], pain: float, seed: int, **settings: object
) -> AsyncIterator[House]:
    """site: the file that the cameras are in. pain: how many levels are 2 or 3. settings: of alerts, besides.

    Raises ProcessError, BusError.
    """
    async with AsyncExitStack() as stack:
        pair = stack.enter_context(start_pair(directory, make_pki(directory / "pki")))
        redis = start_redis(directory / "redis")
        stack.callback(redis.stop)
        await pair.wait_joined()
        await pair.provision()
        folders = {name: directory / name for name in ("hub", "leaf", "alerts")}
        folders["alerts"].mkdir()
        values = pair.connection("alerts") | {"redis_url": redis.url, "site_file": site}
        values |= {"audit_file": folders["alerts"] / "audit.jsonl", "room_domains": json.dumps([DEMO_DOMAIN])}
        alerts = stack.enter_context(Service("alerts", values | settings, directory))
        alerts.wait_for("the pages", lambda: alerts.whole() or None)
        buses = {name: await stack.enter_async_context(pair.bus(name)) for name in SAYS}
        rooms = Rooms(buses, cameras, pain, seed)
        await rooms.say_all_is_well()
        yield House(pair, redis, alerts, rooms, folders)


def part(ascending: Sequence[float], share: float) -> float | None:
    """The value that this share of all does not pass, by nearest rank; None of nothing."""
    return ascending[max(0, -int(-share * len(ascending) // 1) - 1)] if ascending else None
