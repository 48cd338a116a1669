"""A durable consumer worked through: pulled, made anew where a server lost it, waited for while the server is away."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from services.bus import jetstream
from services.bus.delivery import Delivery
from services.bus.errors import BusUnavailable
from services.bus.standing import Standing
from services.runtime.lifecycle import heed
from services.runtime.logging import get_logger, log_event

RETRY_S = 0.25

_log = get_logger("bus")


class Work:
    """One connection's. owned: the stream that its identity owns, once it is to be made wherever it is missing.

    context: of the connection as it is now. deliver: makes a delivery of what was pulled.
    """

    def __init__(
        self,
        context: Callable[[], JetStreamContext],
        denials: jetstream.Denials,
        standing: Standing,
        deliver: Callable[[Msg], Delivery],
    ) -> None:
        self.owned: StreamConfig | None = None
        self._context, self._denials, self._standing, self._deliver = context, denials, standing, deliver

    async def deliveries(
        self, stream: str, durable: str, ack_wait_s: float, max_deliver: int, most: int
    ) -> AsyncIterator[Delivery]:
        """As `Bus.work` has it. Raises BusRefused."""
        while not self._standing.closed.is_set():
            heed()
            try:
                pull = await self._bind(stream, durable, ack_wait_s, max_deliver)
                waiting = 1
                try:
                    while not self._standing.closed.is_set():
                        wanted, waiting = min(most, waiting), 1
                        fetched = await jetstream.fetch(pull, wanted, stream, self._denials)
                        while fetched:
                            waiting = max(1, fetched[0].metadata.num_pending)
                            yield self._deliver(fetched.pop(0))  # held by nobody here while the next one is awaited
                finally:
                    with contextlib.suppress(*jetstream.Failure):
                        await pull.unsubscribe()
            except BusUnavailable as error:
                log_event(_log, "work_waits", stream=stream, reason=str(error))
                await self._standing.pause(RETRY_S)

    async def _bind(self, stream: str, durable: str, ack_wait_s: float, max_deliver: int) -> jetstream.Pull:
        context = self._context()
        if self.owned is not None and self.owned.name == stream:
            await jetstream.ensure_stream(context, self.owned, self._denials)
        return await jetstream.bind(context, stream, durable, ack_wait_s, max_deliver, self._denials)
