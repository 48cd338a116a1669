"""snni_client as a real process and the buses around it; the edge is in the test."""

from __future__ import annotations

from contextlib import asynccontextmanager

from localsite.nats_pair import NatsPair, start_pair
from tests.services.snni_client.room import Room
from tests.support.waiting import eventually


class RoomOnly(Room):
    """The client's process and the buses around it; the edge is in the test."""

    def __init__(self, directory, pair: NatsPair, port: int, **client: object) -> None:
        edge = {"edge_url": f"snni://127.0.0.1:{port}", "reconnect_min_s": 0.1, "reconnect_max_s": 0.2}
        super().__init__(directory, pair, edge | client)

    async def scored(self, room, seed: int) -> None:
        """Publish a crop and wait for its level."""
        before = len(self.events("scored"))
        await room.publish_durable(self.crop(seed))

        async def more():
            return len(self.events("scored")) > before

        await eventually(more)


@asynccontextmanager
async def room(directory, pki, port, **client: object):
    pair = start_pair(directory, pki)
    try:
        await pair.provision()
        running = RoomOnly(directory, pair, port, **client)
        try:
            yield running
        finally:
            running.stop()
    finally:
        pair.stop()
