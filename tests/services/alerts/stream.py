"""A stream of messages as the ward's server keeps it, without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from services.bus.delivery import Delivery
from services.bus.messages import Message


class Stored(Delivery):
    """A delivery as the stream keeps it: stored when it was published."""

    def __init__(self, message: Message, sequence: int, late: timedelta = timedelta(0)) -> None:
        self.message, self.error = message, None
        self.subject, self.stream_sequence = "", sequence
        self.stored_at = message.envelope.published_at + late


async def stream(messages: Sequence[Message]) -> AsyncIterator[Delivery]:
    """Every message, the oldest first."""
    for sequence, message in enumerate(messages, 1):
        yield Stored(message, sequence)
