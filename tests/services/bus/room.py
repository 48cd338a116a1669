"""A room's services on a real leaf, and what they know of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from localsite.nats_pair import NatsPair
from services.bus.delivery import Delivery
from services.bus.nats_bus import Bus
from services.bus.subjects import DURABLE_SNNI_CLIENT, STREAM_CROPS


def crops_of(bus: Bus, ack_wait_s: float = 10.0) -> AsyncIterator[Delivery]:
    """The crops that snni_client works on."""
    return bus.work(STREAM_CROPS, DURABLE_SNNI_CLIENT, ack_wait_s=ack_wait_s)


def lost_by(bus: Bus) -> Callable[[], Awaitable[bool]]:
    """Whether it knows that its server is gone."""

    async def lost() -> bool:
        return not bus.connected

    return lost


def waits_in(bus: Bus) -> Callable[[], Awaitable[bool]]:
    """Whether something waits to be written to its server."""

    async def waits() -> bool:
        return bool(bus._client.pending_data_size)

    return waits


@asynccontextmanager
async def room(pair: NatsPair) -> AsyncIterator[tuple[Bus, Bus]]:
    """keyframe and snni_client, connected, streams made."""
    await pair.provision()
    async with pair.bus("keyframe") as keyframe, pair.bus("snni_client") as client:
        yield keyframe, client
