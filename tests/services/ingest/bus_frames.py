"""What arrives on the bus, as the service `keyframe` sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from localsite.nats_pair import NatsPair
from services.bus.messages import FrameMessage
from services.bus.subjects import frames
from tests.services.ingest.process import SITE
from tests.support.waiting import eventually


@asynccontextmanager
async def listening(pair: NatsPair, camera: str) -> AsyncIterator[list[FrameMessage]]:
    """The frames of the camera, as they arrive at the service `keyframe`."""
    got: list[FrameMessage] = []
    async with pair.bus("keyframe", streams=False) as bus:
        subscription = await bus.subscribe(frames(SITE, camera))

        async def collect() -> None:
            async for message in subscription:
                assert isinstance(message, FrameMessage)
                got.append(message)

        task = asyncio.create_task(collect())
        try:
            yield got
        finally:
            task.cancel()


async def arrived(got: list[FrameMessage], count: int) -> None:
    """Wait until `count` frames are there."""

    async def enough() -> bool:
        return len(got) >= count

    await eventually(enough)


def luma(message: FrameMessage) -> np.ndarray:
    """The luma plane, uint8 [height, width]."""
    plane = np.frombuffer(message.data[: message.width * message.height], np.uint8)
    return plane.reshape(message.height, message.width)
