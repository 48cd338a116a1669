"""JetStream behind typed errors: ensure a stream, bind a durable consumer, pull, replay."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nats import errors as nats_errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js import errors as js_errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamConfig

from services.bus.errors import BusError, BusRefused, BusUnavailable, TooLarge
from services.runtime.lifecycle import heed

Failure = (nats_errors.Error, TimeoutError, OSError)

PULL_S = 1.0
REPLAY_BATCH = 256
MAX_ACK_PENDING = 64
TOO_LARGE_FOR_STREAM = 10054
"""JetStream's error code for a message over the stream's max_msg_size."""

_QUOTED = re.compile(r'"([^"]+)"')


class Pull(Protocol):
    """A bound pull consumer of nats-py."""

    async def fetch(self, batch: int, timeout: float) -> list[Msg]:  # noqa: ASYNC109
        """Up to `batch` messages within `timeout` seconds."""

    async def consumer_info(self) -> object:
        """The consumer's state; raises NotFoundError when the server knows it no more."""

    async def unsubscribe(self) -> None:
        """Stop hearing of deliveries."""


class Denials:
    """What the server said that this identity may not do. Its answers come apart from the requests, in lower case."""

    LIMIT = 256

    def __init__(self) -> None:
        self._subjects: set[str] = set()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def note(self, error: Exception) -> bool:
        """Keep the subject of a permissions violation; False when `error` is something else."""
        text = str(error).lower()
        if "permissions violation" not in text:
            return False
        found = _QUOTED.search(text)
        if found and len(self._subjects) < self.LIMIT:
            self._subjects.add(found.group(1))
        for waiting in self._waiting.get(found.group(1), ()) if found else ():
            if not waiting.done():
                waiting.set_result(None)
        return True

    async def unless_denied(self, subject: str, request: Awaitable[object]) -> None:
        """Await `request`, which publishes on `subject`; raises BusRefused as soon as the server denies that."""
        task = asyncio.ensure_future(request)
        denied: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(subject.lower(), set())
        waiting.add(denied)
        try:
            both: set[asyncio.Future[object]] = {task, denied}  # type: ignore[arg-type]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise BusRefused(f"{subject}: denied")
            task.result()
        finally:
            task.cancel()
            task.add_done_callback(_taken_note_of)
            waiting.discard(denied)
            if not waiting:
                self._waiting.pop(subject.lower(), None)

    def subject(self, subject: str) -> bool:
        """Whether this subject was denied."""
        return subject.lower() in self._subjects

    def stream(self, stream: str) -> bool:
        """Whether a request about this stream was denied."""
        return any(one.startswith("$js.api.") and stream.lower() in one.split(".") for one in self._subjects)

    def forget(self) -> None:
        """A new connection may have other permissions."""
        self._subjects.clear()


def _taken_note_of(task: asyncio.Future[object]) -> None:
    """Or a request that failed while whoever made it was cancelled is complained of in the log."""
    if not task.cancelled():
        task.exception()


def publish_error(subject: str, size: int, error: Exception) -> BusError:
    """The typed error for a failed durable publish of `size` bytes."""
    if isinstance(error, js_errors.APIError):
        if error.err_code == TOO_LARGE_FOR_STREAM:
            return TooLarge(subject, size)
        if error.code is not None and 400 <= error.code < 500:
            return BusRefused(f"{subject}: the stream refuses it, error {error.err_code}")
    return BusUnavailable(f"{subject}: no acknowledgement, {type(error).__name__}")


def api_error(stream: str, error: Exception, denials: Denials) -> BusError:
    """The typed error for a failed request about `stream`."""
    if denials.stream(stream):
        return BusRefused(f"{stream}: denied")
    if isinstance(error, js_errors.APIError) and error.code == 400:
        return BusRefused(f"{stream}: refused, error {error.err_code}")
    return BusUnavailable(f"{stream}: {type(error).__name__}")


@dataclass(frozen=True, slots=True)
class StreamFill:
    """How full a stream is. limit_bytes: 0 where there is none."""

    messages: int
    bytes: int
    limit_bytes: int


async def fill(context: JetStreamContext, stream: str, denials: Denials) -> StreamFill:
    """How full `stream` is. Raises BusUnavailable, BusRefused."""
    try:
        info = await context.stream_info(stream)
    except Failure as error:
        raise api_error(stream, error, denials) from None
    return StreamFill(info.state.messages, info.state.bytes, max(0, info.config.max_bytes or 0))


async def waiting(context: JetStreamContext, stream: str, durable: str, denials: Denials) -> int:
    """How many messages of `stream` its consumer has not been given yet. Raises BusUnavailable, BusRefused."""
    try:
        return int((await context.consumer_info(stream, durable)).num_pending or 0)
    except Failure as error:
        raise api_error(stream, error, denials) from None


async def ensure_stream(context: JetStreamContext, config: StreamConfig, denials: Denials) -> None:
    """Create the stream, or bring it to `config`. Raises BusUnavailable, BusRefused."""
    try:
        try:
            await context.update_stream(config)
        except js_errors.NotFoundError:
            await context.add_stream(config)
    except Failure as error:
        raise api_error(config.name or "", error, denials) from None


async def bind(
    context: JetStreamContext, stream: str, durable: str, ack_wait_s: float, max_deliver: int, denials: Denials
) -> Pull:
    """Create the durable consumer if need be and be ready to pull. Raises BusUnavailable, BusRefused."""
    config = ConsumerConfig(
        durable_name=durable,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait_s,
        max_deliver=max_deliver,
        max_ack_pending=MAX_ACK_PENDING,
    )
    try:
        await context.add_consumer(stream, config)
        pull: Pull = await context.pull_subscribe_bind(consumer=durable, stream=stream)
    except Failure as error:
        raise api_error(stream, error, denials) from None
    return pull


async def fetch(pull: Pull, batch: int, stream: str, denials: Denials) -> list[Msg]:
    """Up to `batch` messages; none when none came within PULL_S.

    A server that lost the consumer (its memory, in a restart) does not answer pulls: so an empty one is followed by a
    question whether the consumer is still there.
    Raises:
        BusUnavailable: server or consumer are gone; bind again.
        BusRefused: denied.
        CancelledError: the task was cancelled, also where the library kept that to itself.
    """
    heed()
    try:
        return list(await pull.fetch(batch, timeout=PULL_S))
    except js_errors.APIError as error:
        raise api_error(stream, error, denials) from None
    except TimeoutError:
        pass
    except Failure as error:
        raise api_error(stream, error, denials) from None
    try:
        await pull.consumer_info()
    except Failure as error:
        raise api_error(stream, error, denials) from None
    return []


async def replay(context: JetStreamContext, stream: str, since: datetime, denials: Denials) -> AsyncIterator[Msg]:
    """What `stream` holds from `since` (aware) to now, in order. Raises BusUnavailable, BusRefused."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_TIME,
        opt_start_time=since,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=30.0,
        mem_storage=True,
    )
    try:
        info = await context.add_consumer(stream, config)
        pull: Pull = await context.pull_subscribe_bind(consumer=info.name, stream=stream)
    except Failure as error:
        raise api_error(stream, error, denials) from None
    left = info.num_pending or 0
    try:
        while left > 0:
            batch = await fetch(pull, min(left, REPLAY_BATCH), stream, denials)
            if not batch:
                raise BusUnavailable(f"{stream}: the replay stopped {left} messages before its end")
            left -= len(batch)
            for raw in batch:
                yield raw
    finally:
        with contextlib.suppress(*Failure):
            await pull.unsubscribe()
            await context.delete_consumer(stream, info.name)
