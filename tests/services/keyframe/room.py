"""The ends of the bus about keyframe: what it is shown, what it makes of that, what the ward hears."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.bus.messages import CropMessage, FrameMessage, StateMessage
from services.bus.nats_bus import Bus
from services.bus.subjects import DURABLE_SNNI_CLIENT, STREAM_CROPS, STREAM_WARD
from tests.services.keyframe.pictures import Source
from tests.support.waiting import eventually

GREY_CAMERA = "key-grey"
CLOSE_CAMERA = "key-close"


@dataclass
class Room:
    """ingest's and snni_client's ends of the bus, and the ward's view of it."""

    ingest: Bus
    client: Bus
    alerts: Bus
    since: datetime

    async def crop(self, camera: str, feed: Callable[[], Awaitable[None]]) -> CropMessage:
        """The next crop of a camera; `feed` is called until it comes."""

        async def first() -> CropMessage:
            work = self.client.work(STREAM_CROPS, DURABLE_SNNI_CLIENT, ack_wait_s=30)
            async with aclosing(work) as deliveries:  # type: ignore[type-var]
                async for delivery in deliveries:
                    await delivery.ack()
                    found = delivery.message
                    if isinstance(found, CropMessage) and found.envelope.camera.camera == camera:
                        return found
            raise AssertionError("the bus was closed")

        waiting = asyncio.create_task(first())

        async def came() -> bool:
            if not waiting.done():
                await feed()
            return waiting.done()

        try:
            await eventually(came)
            return await waiting
        finally:
            waiting.cancel()

    async def states(self, camera: str) -> list[StateMessage]:
        """What the ward heard of a camera, in order."""
        found = [one async for one in self.alerts.replay(STREAM_WARD, self.since) if isinstance(one, StateMessage)]
        return [one for one in found if one.envelope.camera.camera == camera and one.component == "keyframe"]

    async def told(self, camera: str, status: str, feed: Callable[[], Awaitable[None]]) -> StateMessage:
        """The first state of a camera with this status; `feed` is called until it comes."""

        async def heard() -> StateMessage | None:
            await feed()
            return next((one for one in await self.states(camera) if one.status == status), None)

        found = await eventually(heard)
        assert isinstance(found, StateMessage)
        return found

    def show(self, source: Source, rgb: np.ndarray) -> Callable[[], Awaitable[None]]:
        """Publishes another frame of this picture each time it is called."""

        async def feed() -> None:
            await self.send(source.frame(rgb))

        return feed

    async def send(self, *frames: FrameMessage) -> None:
        """Publish frames as ingest does."""
        for frame in frames:
            await self.ingest.publish(frame)
