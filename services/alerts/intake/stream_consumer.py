"""The ward's stream, one delivery at a time: acknowledged only after it is applied and kept.

Kept means in Redis, or in memory while Redis is away (the stream still has it). A poison message is terminated,
counted, and remembered by its subject and reason only.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from services.alerts.alert_writer import AlertWriter
from services.alerts.errors import PoisonMessage
from services.alerts.intake.recovery import StreamReplay
from services.alerts.leading.bus_link import RETRY_S, BusLink
from services.bus.delivery import Delivery
from services.bus.errors import BusError, BusRefused, BusUnavailable
from services.bus.nats_bus import Bus
from services.bus.origin import Origins
from services.bus.subjects import DURABLE_ALERTS, STREAM_WARD
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

AT_ONCE = 16
"""Of what waits; a quarter of what may be unanswered, so that after replicas that died in a row the next goes on."""


@dataclass(frozen=True)
class StartedOver:
    """A device whose store was emptied: one of its rooms, and when the ward stored the first event after it."""

    room: str
    at: datetime


class StreamConsumer:
    """Catches up once, then consumes for ever; tries again after every failure of the bus.

    caught_up: set once the stream was replayed. since: from where in the stream that is to begin.
    """

    def __init__(self, link: BusLink, writer: AlertWriter, since: datetime, ack_wait_s: float) -> None:
        self.caught_up = asyncio.Event()
        self._link = link
        self._writer = writer
        self.since = since
        self._ack_wait_s = ack_wait_s
        self._origins = Origins()
        self.started_over: StartedOver | None = None

    @property
    def connected(self) -> bool:
        """Whether the bus stands right now."""
        return self._link.connected

    async def run(self) -> None:
        """Until cancelled. Raises Deposed."""
        while True:
            try:
                await self._session(await self._link.bus())
            except BusError as error:
                log_event(_log, "bus_failed", logging.ERROR, reason=type(error).__name__)
                if isinstance(error, BusRefused):
                    await self._link.drop()
            await asyncio.sleep(RETRY_S)

    async def _session(self, bus: Bus) -> None:
        if not self.caught_up.is_set():
            await self._link.ensure()
            await self._catch_up(bus)
        async for delivery in bus.work(STREAM_WARD, DURABLE_ALERTS, ack_wait_s=self._ack_wait_s, most=AT_ONCE):
            await self._take(delivery)

    async def _catch_up(self, bus: Bus) -> None:
        await StreamReplay(self._writer).run(self._noted(bus.stored(STREAM_WARD, self.since)))
        self.caught_up.set()

    async def _noted(self, deliveries: AsyncIterator[Delivery]) -> AsyncIterator[Delivery]:
        """The same; a store that was emptied while nobody listened is noticed in them."""
        async for delivery in deliveries:
            self._note_start(delivery)
            yield delivery

    def _note_start(self, delivery: Delivery) -> None:
        if delivery.message is not None and self._origins.started_over(delivery.origin):
            room = delivery.message.envelope.camera.room
            self.started_over = StartedOver(room, delivery.stored_at)
            log_event(_log, "room_started_over", logging.WARNING, room=room)

    async def _take(self, delivery: Delivery) -> None:
        try:
            if delivery.message is None:
                await self._writer.confirm()
                reason = delivery.error.label if delivery.error else "empty"
                self._writer.reject(delivery.subject, reason)
                await delivery.term(reason)
                return
            self._note_start(delivery)
            try:
                await self._writer.receive(delivery.message, delivery.stream_sequence, delivery.stored_at)
            except PoisonMessage as error:
                self._writer.reject(delivery.subject, type(error).__name__)
                await delivery.term(type(error).__name__)
            else:
                await delivery.ack()
        except BusUnavailable as error:
            log_event(_log, "not_acknowledged", logging.WARNING, reason=str(error))
