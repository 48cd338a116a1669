"""A live subscription on core NATS with a bounded queue in which the newest messages win."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator

from nats.aio.msg import Msg

from services.bus.errors import BusError, MessageError
from services.bus.messages import Message, decode
from services.bus.metrics import BusMetrics

Take = Callable[[Msg], Awaitable[None]]
Start = Callable[[str, Take], Awaitable[None]]


class Subscription:
    """`await` it to be sure that it stands, or just iterate over it. It ends when the bus is closed."""

    def __init__(self, subject: str, pending: int, start: Start, metrics: BusMetrics) -> None:
        self._subject = subject
        self._queue: deque[Message] = deque(maxlen=pending)
        self._start = start
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._started = False
        self._ended = False
        self._failure: BusError | None = None

    def __await__(self) -> Generator[object, None, Subscription]:
        return self._begin().__await__()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Message:
        """The oldest message still held.

        Raises:
            BusRefused: this identity may not subscribe there, or the server ended the connection for good.
            BusUnavailable: not connected when the subscription began.
        """
        await self._begin()
        while not self._queue:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._queue.popleft()

    def end(self, failure: BusError | None) -> None:
        """No more messages will come; with a failure, iteration raises it."""
        self._ended = True
        self._failure = failure
        self._wake.set()

    async def _begin(self) -> Subscription:
        if not self._started:
            self._started = True
            await self._start(self._subject, self._take)
        return self

    async def _take(self, raw: Msg) -> None:
        try:
            message = decode(raw.subject, raw.headers, raw.data)
        except MessageError as error:
            self._metrics.reject(error)
            return
        finally:
            raw.data = b""  # the client holds on to its last message until the next one
        if len(self._queue) == self._queue.maxlen:
            self._metrics.drop(raw.subject)
        self._queue.append(message)
        self._wake.set()
