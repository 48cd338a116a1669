"""One delivery of a work queue or a durable consumer: a message, or the error that says why it is none."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime

from nats import errors as nats_errors
from nats.aio.msg import Msg

from services.bus.errors import BusUnavailable, MessageError
from services.bus.messages import Message, decode
from services.bus.origin import Origin, origin_of


class Delivery:
    """Exactly one of `message` and `error` is set. Answer it once: ack, nak or term; in_progress buys time.

    subject, deliveries (1 at the first), stream_sequence, stored_at (by the server's clock) and origin (None for what
    was not sourced from another stream) are all that is kept of a bad message.
    """

    def __init__(self, raw: Msg) -> None:
        self._raw = raw
        self.subject: str = raw.subject
        self.deliveries: int = raw.metadata.num_delivered
        self.stream_sequence: int = raw.metadata.sequence.stream
        self.stored_at: datetime = raw.metadata.timestamp
        self.origin: Origin | None = origin_of(raw.headers)
        self.term_reason = ""
        self.message: Message | None = None
        self.error: MessageError | None = None
        try:
            self.message = decode(raw.subject, raw.headers, raw.data)
        except MessageError as error:
            self.error = error

    async def ack(self) -> None:
        """Done. Raises BusUnavailable when the connection is gone; the message will come again."""
        await self._answer(self._raw.ack())

    async def nak(self, delay_s: float = 0.0) -> None:
        """Deliver it again after delay_s seconds. Raises BusUnavailable."""
        await self._answer(self._raw.nak(delay_s or None))

    async def term(self, reason: str) -> None:
        """Never deliver it again. The server keeps no reason (its version does not know it). Raises BusUnavailable."""
        self.term_reason = reason
        await self._answer(self._raw.term())

    async def in_progress(self) -> None:
        """Restart the time that the server waits for the acknowledgement. Raises BusUnavailable."""
        await self._answer(self._raw.in_progress())

    async def _answer(self, request: Awaitable[None]) -> None:
        try:
            await request
        except (nats_errors.Error, OSError) as error:
            raise BusUnavailable(f"{self.subject}: not answered, {type(error).__name__}") from None
