"""snni_client as a real process and the buses around it; the edge is in the test."""

from __future__ import annotations

from contextlib import asynccontextmanager

from localsite.nats_pair import NatsPair, start_pair
from localsite.service import Service
from localsite.site_file import write_site
from tests.services.snni_client.line import Line
from tests.support.networks import grey
from tests.support.waiting import eventually


class RoomOnly(Line):
    """The client's process and the buses around it; the edge is in the test."""

    def __init__(self, directory, pair: NatsPair, port: int, **client: object) -> None:
        super(Line, self).__init__()
        self.pair, self.producer, self.sequence = pair, "1" * 32, 0
        certificate, key, ca = pair.pki.cert("snni_client")
        write_site(directory / "site.yaml", ["cam-1"], "home", {"cam-1": "48x48x1"})
        settings = pair.connection("snni_client") | {
            "site_file": directory / "site.yaml",
            "edge_url": f"snni://127.0.0.1:{port}",
            "plan_hash": grey().plan.plan_hash,
            "certificate": certificate,
            "key": key,
            "ca": ca,
            "heartbeat_s": 0.5,
            "reconnect_min_s": 0.1,
            "reconnect_max_s": 0.2,
        }
        self.client = Service("snni_client", settings | client, directory).start()

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
            running.client.stop()
    finally:
        pair.stop()
