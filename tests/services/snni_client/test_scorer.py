"""The scorer before a real queue, and an edge that spoils what it is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki
from services.bus.delivery import Delivery
from services.bus.models import CropMessage
from services.bus.nats_bus import Bus
from services.bus.subjects import DURABLE_SNNI_CLIENT, STREAM_CROPS
from services.runtime.clock import SystemClock
from services.runtime.metrics import Metrics
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.scorer import Scorer
from services.snni_client.settings import SnniClientSettings
from snni.errors import PeerError
from tests.services.bus.held import held
from tests.services.snni_client.crops import REF, Crops
from tests.support.waiting import eventually

ACK_WAIT_S = 0.5


class Spoiling:
    """An edge whose every inference breaks once the picture was sent."""

    crop_format = "48x48x1"
    pictures = 0

    async def wait_ready(self) -> None:
        """Always."""

    async def score(self, _pixels: NDArray[np.uint8]) -> Any:
        self.pictures += 1
        error = PeerError("gone")
        error.image_used = True
        raise error


def settings(pair: NatsPair, directory: Path) -> SnniClientSettings:
    certificate, key, ca = pair.pki.cert("snni_client")
    told = {"edge_url": "snni://127.0.0.1:1", "plan_hash": "0" * 64, "certificate": certificate, "key": key, "ca": ca}
    return SnniClientSettings(**pair.connection("snni_client"), site_file=directory, **told)  # type: ignore[arg-type]


async def delivered(bus: Bus) -> Delivery:
    return await anext(bus.work(STREAM_CROPS, DURABLE_SNNI_CLIENT, ack_wait_s=ACK_WAIT_S))


async def test_a_crop_whose_refusal_is_lost_on_the_way_to_the_queue_is_not_shown_to_the_edge_again(
    tmp_path: Path, pki: Pki
) -> None:
    """The queue gives it out once more; the edge that spoiled it would learn a second thing about one picture."""
    with start_pair(tmp_path, pki) as pair:
        await pair.provision()
        edge, registry = Spoiling(), Metrics()
        async with pair.bus("keyframe") as room, pair.bus("snni_client") as bus:
            metrics = SnniClientMetrics(registry, ["cam-1"])
            scorer = Scorer(settings(pair, tmp_path), bus, edge, metrics, SystemClock(), {"cam-1": REF})  # type: ignore[arg-type]
            await room.publish_durable(Crops().crop(1))
            async with pair.bus("snni_client") as lost:
                first = await delivered(lost)
            await scorer.handled(first)
            again = await delivered(bus)
            assert again.deliveries > 1
            await scorer.handled(again)
        assert edge.pictures == 1
        assert b'skipped_total{camera="cam-1",reason="begun"} 2.0' in registry.render()


async def test_nothing_of_a_crop_is_held_while_the_next_one_is_awaited(tmp_path: Path, pki: Pki) -> None:
    """Which may be hours, of a camera that is paused or sees nobody."""
    with start_pair(tmp_path, pki) as pair:
        await pair.provision()
        edge, registry = Spoiling(), Metrics()
        async with pair.bus("keyframe") as room, pair.bus("snni_client") as bus:
            metrics = SnniClientMetrics(registry, ["cam-1"])
            scorer = Scorer(settings(pair, tmp_path), bus, edge, metrics, SystemClock(), {"cam-1": REF})  # type: ignore[arg-type]
            running = asyncio.create_task(scorer.run(asyncio.Event()))
            crops = Crops()
            await room.publish_durable(crops.crop(1))

            async def let_go() -> bool:
                return edge.pictures == 1 and not held(CropMessage, lambda one: one.envelope.producer == crops.producer)

            await eventually(let_go)
            running.cancel()
