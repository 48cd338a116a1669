"""What of the ward's message bus goes into a backup, and what a restore makes there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from services.alerts.errors import BackupUnfit
from services.alerts.settings import AlertsSettings
from services.bus.connection import renewed_context
from services.bus.nats_bus import Bus
from services.bus.sequenced import SequencedStream
from services.bus.streams import heads_stream, ledger_stream, ward_stream
from services.bus.subjects import alert, head
from services.runtime.metrics import Metrics

PATIENCE_S = 10.0


class WardBus:
    """A ward's streams. Calls raise BusError."""

    def __init__(self, bus: Bus, site: str) -> None:
        self._bus = bus
        self.ledger = bus.sequenced(ledger_stream(), alert(site))
        self.heads = bus.sequenced(heads_stream(), head(site))

    async def lines_after(self, count: int) -> AsyncIterator[bytes]:
        """The audit log's lines from the one after number `count` on."""
        async for line in _from(self.ledger, count + 1):
            yield line

    async def every_head(self) -> list[bytes]:
        """The signed heads, the oldest first."""
        await self.heads.ensure()
        return [one async for one in _from(self.heads, max(1, await self.heads.first()))]

    async def check_empty(self) -> None:
        """Raises BackupUnfit where a ward lives on this bus: it has passed what a backup knows."""
        for name, stream in (("LEDGER", self.ledger), ("HEADS", self.heads)):
            await stream.ensure()
            if count := await stream.count():
                raise BackupUnfit(
                    f"{name} on the bus holds {count} messages: a ward lives there, and what it did since the backup "
                    "would be undone; restore the records alone (--records-alone), or begin with an empty hub"
                )

    async def begin(self, domains: Sequence[str], heads: Iterable[bytes], since: datetime) -> None:
        """Give back the heads, and let the ward hear its rooms from `since` on."""
        await self._bus.own(ward_stream(domains, since))
        for number, one in enumerate(heads):
            await self.heads.replace(one, number)


@asynccontextmanager
async def ward_bus(settings: AlertsSettings, site: str) -> AsyncIterator[WardBus]:
    """Connected as `alerts`. Raises BusError, UnusableFile."""
    context = renewed_context(settings)
    bus = await Bus.connect(settings, "alerts", patience_s=PATIENCE_S, metrics=Metrics(), context=context)
    try:
        yield WardBus(bus, site)
    finally:
        await bus.close()


async def _from(stream: SequencedStream, number: int) -> AsyncIterator[bytes]:
    while some := await stream.read(number):
        for one in some:
            yield one
        number += len(some)
