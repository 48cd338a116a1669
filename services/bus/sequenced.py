"""Streams into which only who knows the newest message can store the next one: expected-sequence appends.

A writer names the sequence after which its message belongs; where another message was stored since, the server refuses
it (Nats-Expected-Last-Sequence, Nats-Expected-Last-Subject-Sequence of JetStream's publish). So a writer that was
replaced while it was held up stores nothing, whatever it believes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js import errors as js_errors
from nats.js.api import StreamConfig

from services.bus.errors import BusError, OutOfSequence
from services.bus.headers import MSG_ID
from services.bus.jetstream import Denials, Failure, api_error, ensure_stream, publish_error

AFTER = "Nats-Expected-Last-Sequence"
AFTER_OF_SUBJECT = "Nats-Expected-Last-Subject-Sequence"
WRONG_LAST_SEQUENCE = 10071
NO_MESSAGE = 10037
READ_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Stored:
    """A message's sequence in its stream, and its body."""

    sequence: int
    body: bytes


class SequencedStream:
    """One subject of one stream. Every call raises BusUnavailable and BusRefused."""

    def __init__(
        self, context: Callable[[], JetStreamContext], denials: Denials, config: StreamConfig, subject: str
    ) -> None:
        self._context = context
        self._denials = denials
        self._config = config
        self._subject = subject

    async def ensure(self) -> None:
        """Make the stream be as it is declared."""
        await ensure_stream(self._context(), self._config, self._denials)

    async def append(self, body: bytes, name: str, after: int) -> int:
        """Store a message as the stream's next; its sequence. name: of the message, the same when it is tried again.

        Raises OutOfSequence when the stream's newest message is not number `after`, TooLarge.
        """
        return await self._publish(body, {MSG_ID: name, AFTER: str(after)})

    async def replace(self, body: bytes, after: int) -> int:
        """Store a message as the subject's next, whatever other subjects hold; its sequence.

        Raises OutOfSequence when the subject's newest message is not number `after` (0: there is none), TooLarge.
        """
        return await self._publish(body, {AFTER_OF_SUBJECT: str(after)})

    async def count(self) -> int:
        """The sequence of the stream's newest message, 0 where it never had one."""
        try:
            return int((await self._context().stream_info(self._name)).state.last_seq)
        except Failure as error:
            raise self._failed(error) from None

    async def first(self) -> int:
        """The sequence of the oldest message that is still there; where there is none, 0 or that of the next."""
        try:
            return int((await self._context().stream_info(self._name)).state.first_seq)
        except Failure as error:
            raise self._failed(error) from None

    async def newest(self) -> Stored | None:
        """The subject's newest message."""
        return await self._get(None)

    async def read(self, first: int, most: int = READ_TOGETHER) -> list[bytes]:
        """The bodies of messages `first`, `first` + 1, ... up to the first that is not there, at most so many."""
        begin = await self._get(first)
        if begin is None:
            return []
        bodies = [begin.body]
        for one in await asyncio.gather(*(self._get(number) for number in range(first + 1, first + most))):
            if one is None:
                break
            bodies.append(one.body)
        return bodies

    @property
    def _name(self) -> str:
        return self._config.name or ""

    async def _get(self, sequence: int | None) -> Stored | None:
        where = {"subject": self._subject} if sequence is None else {"seq": sequence}
        try:
            found = await self._context().get_msg(self._name, **where)
        except js_errors.NotFoundError as error:
            if error.err_code == NO_MESSAGE:
                return None
            raise self._failed(error) from None
        except Failure as error:
            raise self._failed(error) from None
        return Stored(int(found.seq or 0), found.data or b"")

    async def _publish(self, body: bytes, headers: dict[str, str]) -> int:
        request = self._context().publish(self._subject, body, stream=self._name, headers=headers)
        stored: list[int] = []

        async def kept() -> None:
            stored.append(int((await request).seq))

        try:
            await self._denials.unless_denied(self._subject, kept())
        except js_errors.APIError as error:
            if error.err_code == WRONG_LAST_SEQUENCE:
                raise OutOfSequence(f"{self._subject}: another message was stored since") from None
            raise publish_error(self._subject, len(body), error) from None
        except Failure as error:
            raise publish_error(self._subject, len(body), error) from None
        return stored[0]

    def _failed(self, error: Exception) -> BusError:
        return api_error(self._name, error, self._denials)
