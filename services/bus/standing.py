"""Whether the connection to NATS stands: told by its client, told on as metrics and log lines, made anew in time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from services.bus.connection import TlsClient
from services.bus.errors import BusError, BusRefused
from services.bus.jetstream import Denials
from services.bus.metrics import BusMetrics
from services.runtime.certificates import Lease, RenewedContext
from services.runtime.logging import get_logger, log_event

_log = get_logger("bus")


class Standing:
    """One connection's. closed: it is so for good. closing: this side wants that. end: called then, with what failed.

    Its listeners are the client's: `open_connection` is given them.
    """

    def __init__(
        self, service: str, metrics: BusMetrics, denials: Denials, end: Callable[[BusError | None], None]
    ) -> None:
        self.closed = asyncio.Event()
        self.closing = False
        self._service, self._metrics, self._denials, self._end = service, metrics, denials, end
        self._tls: RenewedContext | None = None
        self._lease = Lease(0, None)

    def shows(self, context: RenewedContext) -> None:
        """What the connection is about to be made with."""
        self._tls, self._lease = context, context.lease()

    def begun(self) -> None:
        """The connection stands for the first time."""
        self._metrics.connected.set(1)
        log_event(_log, "bus_connected", identity=self._service)

    async def renew(self, client: TlsClient, look_s: float) -> None:
        """Connect anew, for ever, before the end of the certificate that the connection was made with."""
        while True:
            await asyncio.sleep(look_s)
            if self._tls is not None and self._tls.outlived(self._lease):
                self._lease = self._tls.lease()
                log_event(_log, "bus_connects_anew", reason="its certificate was renewed")
                await client.force_reconnect()

    async def pause(self, seconds: float) -> None:
        """Until then, or its end. Raises BusRefused: the server ended it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.closed.wait()
        if self.closed.is_set() and (failure := self._failure()) is not None:
            raise failure

    async def on_error(self, error: Exception) -> None:
        if self._denials.note(error):
            self._metrics.denied.inc()
            log_event(_log, "bus_denied", logging.WARNING, reason=str(error))
        else:
            log_event(_log, "bus_error", logging.WARNING, reason=type(error).__name__)

    async def on_lost(self) -> None:
        self._metrics.connected.set(0)
        if not self.closing:
            log_event(_log, "bus_lost", logging.WARNING)

    async def on_back(self) -> None:
        self._metrics.connected.set(1)
        self._metrics.reconnects.inc()
        self._denials.forget()
        if self._tls is not None:
            self._lease = self._tls.lease()
        log_event(_log, "bus_back")

    async def on_closed(self) -> None:
        self._metrics.connected.set(0)
        self.closed.set()
        self._end(self._failure())

    def _failure(self) -> BusRefused | None:
        return None if self.closing else BusRefused(f"{self._service}: the server closed the connection for good")
