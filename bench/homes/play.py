"""What homes say, at its moment, through the leaf's streams: levels as the edge gave them, states as services do."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bench.homes.edge import Scored
from bench.pages.rooms import IN_FLIGHT, SAYS, Component, Rooms

HEARTBEAT_S = 5.0


class Said(NamedTuple):
    """at_s: of the scene. age_s: of a level's picture when it was said. component: of a state; "" for a level."""

    at_s: float
    camera: int
    age_s: float
    component: Component | str


def said(scored: Sequence[Scored], cameras: int, seconds: float) -> Iterator[Said]:
    """Everything that is said in a scene, in order: the levels, and a state of each component every few seconds."""
    levels = sorted(Said(one.at_s, one.camera, one.at_s - one.captured_s, "") for one in scored)
    return heapq.merge(levels, _states(cameras, seconds))


def _states(cameras: int, seconds: float) -> Iterator[Said]:
    parts = list(SAYS)
    every = cameras * len(parts)
    for number in range(int(seconds / HEARTBEAT_S * every)):
        camera, part = divmod(number % every, len(parts))
        yield Said(number * HEARTBEAT_S / every, camera, 0.0, parts[part])


async def play(rooms: Rooms, events: Iterable[Said], compress: float) -> dict[str, float]:
    """Say them, `compress` seconds of the scene a second. Returns how many, how many late by a second and more."""
    begun, count, late, under_way = time.monotonic(), 0, 0, set[asyncio.Task[None]]()
    for one in events:
        wait = begun + one.at_s / compress - time.monotonic()
        late += wait < -1.0
        await asyncio.sleep(max(0.0, wait))
        if len(under_way) >= IN_FLIGHT:
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        camera = rooms.cameras[one.camera]
        work = rooms.state(camera, one.component) if one.component in SAYS else rooms.level(camera, one.age_s)
        task = asyncio.create_task(work)
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        count += 1
    await asyncio.gather(*under_way)
    return {"events": count, "events_late": late, "took_s": time.monotonic() - begun}
