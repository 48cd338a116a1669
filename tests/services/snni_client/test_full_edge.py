"""A real edge that has all the sessions it takes, or has given a client its inferences of the day, and real clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localsite import parties
from localsite.pki import Pki
from localsite.service import Service
from services.bus.models import StateMessage
from tests.services.snni_client.line import exported
from tests.services.snni_client.room_only import room
from tests.support.networks import grey
from tests.support.waiting import POLL_S, eventually

PAUSE_S = 2.0
"""Before a client dials again: several of its heartbeats, so that the state between is told."""


@contextmanager
def edge(directory: Path, pki: Pki, **settings: object) -> Iterator[Service]:
    directory.mkdir()
    grey().save(directory / "bundle")
    with parties.server(directory / "bundle", directory, pki, settings=settings) as server:
        yield server


async def test_a_client_that_a_full_edge_refuses_is_taken_once_a_session_is_over(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    with edge(tmp_path / "edge", pki, max_sessions=1) as server:
        port = server.ports()["snni"]
        async with room(tmp_path / "one", pki, port) as one, one.pair.bus("keyframe") as bus:
            await one.ready()
            async with room(tmp_path / "other", pki, port) as other, other.pair.bus("keyframe") as others:

                async def refused_twice() -> bool:
                    return len(other.events("edge_lost")) >= 2

                await eventually(refused_twice)
                assert not other.client.ready()
                await one.scored(bus, 1)
                assert one.client.stop() == 0
                await other.ready()
                await other.scored(others, 2)


async def test_a_client_that_has_had_its_day_has_no_level_more_and_the_ward_is_told(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "room").mkdir()
    pause = {"reconnect_min_s": PAUSE_S, "reconnect_max_s": PAUSE_S}
    with edge(tmp_path / "edge", pki, max_inferences_per_day=2) as server:
        async with (
            room(tmp_path / "room", pki, server.ports()["snni"], **pause) as one,
            one.pair.bus("keyframe") as bus,
            exported(one.pair) as messages,
        ):
            await one.ready()
            for seed in range(2):
                await one.scored(bus, seed)

            async def told() -> bool:
                await bus.publish_durable(one.crop(3))
                await asyncio.sleep(10 * POLL_S)
                return "edge_unreachable" in [message.status for message in (await messages(StateMessage))[before:]]

            before = len(await messages(StateMessage))
            await eventually(told)
            assert len(one.events("scored")) == 2

            async def shown() -> bool:
                return "veilward_snni_server_budget_used_ratio 1.0" in await asyncio.to_thread(server.metrics)

            await eventually(shown)
