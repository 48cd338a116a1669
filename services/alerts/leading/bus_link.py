"""This process's connection to the ward's bus: kept, and made anew where it ended for good."""

import asyncio
import contextlib
import logging

from services.alerts.settings import AlertsSettings
from services.bus.connection import renewed_context
from services.bus.errors import BusError
from services.bus.nats_bus import Bus, ensure_streams
from services.bus.sequenced import SequencedStream
from services.bus.streams import heads_stream, lease_stream, ledger_stream
from services.bus.subjects import alert, head, lease
from services.runtime.lifecycle import heed
from services.runtime.logging import get_logger, log_event
from services.runtime.metrics import Metrics

_log = get_logger("alerts")

RETRY_S = 1.0
PATIENCE_S = 10.0


class BusLink:
    """Everything of the process that speaks on the bus does it by this one connection."""

    def __init__(self, settings: AlertsSettings, site: str, metrics: Metrics) -> None:
        """Raises UnusableFile."""
        self._settings = settings
        self._site = site
        self._metrics = metrics
        self._tls = renewed_context(settings)
        self._bus: Bus | None = None
        self._there = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the bus stands right now."""
        return self._bus is not None and self._bus.connected

    @property
    def lease(self) -> SequencedStream | None:
        """Where it stands who leads; None while there is no bus."""
        return self._bus.sequenced(lease_stream(), lease(self._site)) if self._bus else None

    @property
    def ledger(self) -> SequencedStream | None:
        """The audit log's stream; None while there is no bus."""
        return self._bus.sequenced(ledger_stream(), alert(self._site)) if self._bus else None

    @property
    def heads(self) -> SequencedStream | None:
        """Where signed heads of the audit log are kept; None while there is no bus. Whoever writes it makes it."""
        return self._bus.sequenced(heads_stream(), head(self._site)) if self._bus else None

    async def bus(self) -> Bus:
        """The connection, once it stands."""
        while self._bus is None:
            await self._there.wait()
        return self._bus

    async def drop(self) -> None:
        """Make the connection anew: what was refused on this one may be allowed on the next."""
        if self._bus is not None:
            await self._bus.close()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            heed()
            try:
                await self._connected()
            except BusError as error:
                log_event(_log, "bus_failed", logging.ERROR, reason=type(error).__name__)
            await asyncio.sleep(RETRY_S)

    async def ensure(self) -> None:
        """Make the streams of this service where they are missing. Raises BusError."""
        bus = await self.bus()
        for stream in (self.ledger, self.lease):
            if stream is not None:
                await stream.ensure()
        if self._settings.room_domains:
            await ensure_streams(bus, self._settings.room_domains)

    async def _connected(self) -> None:
        bus = await Bus.connect(
            self._settings, "alerts", patience_s=PATIENCE_S, metrics=self._metrics, context=self._tls
        )
        try:
            self._bus = bus
            self._there.set()
            with contextlib.suppress(BusError):  # tried again by whoever misses one
                await self.ensure()
            await bus.ended()
        finally:
            self._bus = None
            self._there.clear()
            await bus.close()
