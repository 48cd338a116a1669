"""The one that makes the leaf's stream: once, or for as long as the leaf runs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.service import Service
from tests.support.waiting import PATIENCE_S, eventually


async def test_a_leaf_that_lost_its_stream_has_it_again(fresh_pair: NatsPair, tmp_path: Path) -> None:
    settings = fresh_pair.connection("bridge") | {"keep_s": 0.2}
    with Service("bridge", settings, tmp_path, module="services.bus.provision") as bridge:

        async def ready() -> bool:
            return await asyncio.to_thread(bridge.ready)

        await eventually(ready)
        fresh_pair.leaf.kill()
        shutil.rmtree(fresh_pair.leaf.config.parent / "jetstream")
        await asyncio.to_thread(fresh_pair.restart_leaf)

        async def made_again() -> bool:
            return sum(event["event"] == "store_begun" for event in bridge.events()) == 2

        await eventually(made_again)
        await eventually(ready)
        assert bridge.stop() == 0, bridge.log_end()


def test_the_bridge_provisions_the_room_as_a_process(fresh_pair: NatsPair, tmp_path: Path) -> None:
    bridge = Service("bridge", fresh_pair.connection("bridge"), tmp_path, module="services.bus.provision")
    for times in (1, 2):
        assert bridge.start().wait(PATIENCE_S) == 0, bridge.log_end()
        assert sum(event["event"] == "streams_ready" for event in bridge.events()) == times
