"""What the ward is told, and what it holds of a camera."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from localsite.nats_pair import NatsPair
from services.bus.delivery import Delivery
from services.bus.models import StateMessage
from services.bus.nats_bus import Bus
from services.bus.subjects import DURABLE_ALERTS, STREAM_WARD
from tests.support.waiting import eventually


async def states_of(pair: NatsPair, camera: str, count: int) -> list[StateMessage]:
    """The camera's states in the ward's stream, in order, once there are `count`."""
    found: list[StateMessage] = []
    since = datetime.now(UTC) - timedelta(minutes=5)
    async with pair.bus("alerts", streams=False) as bus:

        async def enough() -> bool:
            messages = [one async for one in bus.replay(STREAM_WARD, since) if isinstance(one, StateMessage)]
            found[:] = [one for one in messages if one.envelope.camera.camera == camera]
            return len(found) >= count

        await eventually(enough)
    return found


def events_of(alerts: Bus) -> AsyncIterator[Delivery]:
    """The events that alerts works on."""
    return alerts.work(STREAM_WARD, DURABLE_ALERTS, ack_wait_s=30)
