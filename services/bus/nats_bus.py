"""The way to NATS: publish, publish durably, subscribe, work, replay. Messages in, messages out, typed errors.

Frames ride on core NATS and are lost rather than late. Everything durable waits for the stream's acknowledgement.
What does not decode is counted by kind, logged without its content, and never reaches a handler as a message.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from nats import errors as nats_errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from services.bus import jetstream, outgoing, traffic
from services.bus.connection import PATIENCE_S, TlsClient, open_connection, renewed_context
from services.bus.delivery import Delivery
from services.bus.errors import BusError, BusRefused, BusUnavailable, TooLarge
from services.bus.identities import identity
from services.bus.messages import Message, encode
from services.bus.metrics import BusMetrics
from services.bus.sequenced import SequencedStream
from services.bus.settings import BusSettings
from services.bus.sources import SourceState, sources
from services.bus.standing import Standing
from services.bus.streams import CROP_MAX_AGE_S, stream_of
from services.bus.subjects import ACCOUNT_STATISTICS, STREAM_OUT
from services.bus.subscription import Subscription, Take
from services.bus.work import RETRY_S, Work
from services.runtime.certificates import RenewedContext, export
from services.runtime.metrics import PROCESS, Metrics

PUBLISH_TIMEOUT_S = 5.0
LOOK_S = 30.0


class Bus:
    """One service's connection. Make it with `Bus.connect`."""

    def __init__(self, service: str, metrics: Metrics) -> None:
        self.service = service
        self._metrics = BusMetrics(metrics)
        self._client = TlsClient()
        self._denials = jetstream.Denials()
        self._standing = Standing(service, self._metrics, self._denials, self._end)
        self._subscriptions: list[Subscription] = []
        self._work = Work(lambda: self._context, self._denials, self._standing, self._delivery)
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def connect(
        cls,
        settings: BusSettings,
        service: str,
        *,
        patience_s: float = PATIENCE_S,
        metrics: Metrics = PROCESS,
        look_s: float = LOOK_S,
        context: RenewedContext | None = None,
    ) -> Bus:
        """Connect; reconnects for ever afterwards, also before the end of the certificate that it connected with.

        look_s: how often the certificate's age is looked at. context: kept by who connects more than once; made of
        `settings` where there is none.
        Raises:
            UnusableFile: a certificate or key cannot be loaded.
            BusRefused: wrong or expired certificate, unknown identity, or a server without TLS.
            BusUnavailable: no server within patience_s seconds.
        """
        bus, context = cls(service, metrics), context or renewed_context(settings)
        standing = bus._standing
        standing.shows(context)
        export(metrics, service, context)
        listeners = standing.on_error, standing.on_lost, standing.on_back, standing.on_closed
        bus._client = await open_connection(settings, context, service, *listeners, patience_s)
        bus._tasks = [asyncio.create_task(standing.renew(bus._client, look_s))]
        if ACCOUNT_STATISTICS in identity(service).publish:
            told = metrics.collector(traffic.TrafficMetrics)
            watching = traffic.watch(bus._client, told, bus._denials.subject)
            bus._tasks.append(asyncio.create_task(watching))
        standing.begun()
        return bus

    @property
    def connected(self) -> bool:
        """Whether the connection stands right now."""
        return bool(self._client.is_connected)

    async def publish(self, message: Message) -> None:
        """Send without waiting (core NATS).

        Raises:
            TooLarge: over the server's limit; nothing was sent, the connection stays up.
            BusUnavailable: not connected; a frame that would be late is not kept.
        """
        subject, headers, body = encode(message)
        self._check_size(subject, body)
        if not self.connected:
            raise BusUnavailable(f"{subject}: not connected")
        try:
            await self._client.publish(subject, body, headers=headers)
        except (nats_errors.Error, OSError) as error:
            raise BusUnavailable(f"{subject}: {type(error).__name__}") from None

    async def taken(self) -> None:
        """Until the server has everything that was sent, or there is another connection than what it was sent on.

        A server that stands still takes what it is sent for half a minute and more, into buffers of the system's: for
        what is better lost than late, nothing more may be sent meanwhile.
        """
        while self.connected:
            with contextlib.suppress(nats_errors.Error, OSError):
                await self._client.synced()
                return
            await asyncio.sleep(RETRY_S)

    async def publish_durable(self, message: Message, *, timeout_s: float = PUBLISH_TIMEOUT_S) -> None:
        """Send into the subject's stream and wait until it is stored; sending again stores nothing twice.

        Raises:
            TooLarge: over the server's or the stream's limit; the connection stays up.
            BusUnavailable: no acknowledgement within timeout_s; it may or may not be stored, send it again.
            BusRefused: this identity may not publish there, or the stream refuses the message.
        """
        subject, headers, body = encode(message)
        self._check_size(subject, body)
        try:
            request = self._context.publish(subject, body, timeout=timeout_s, headers=headers)
            await self._denials.unless_denied(subject, request)
        except jetstream.Failure as error:
            raise jetstream.publish_error(subject, len(body), error) from None

    def subscribe(self, subject: str, *, pending: int = 64) -> Subscription:
        """Messages on `subject` (wildcards allowed) from now on; when `pending` wait, the oldest is dropped, counted.

        Use `async for message in bus.subscribe(...)`, or `await` the subscription first to know that it stands.
        """
        subscription = Subscription(subject, pending, self._listen, self._metrics)
        self._subscriptions.append(subscription)
        return subscription

    def work(
        self, stream: str, durable: str, *, ack_wait_s: float, max_deliver: int = -1, most: int = 1
    ) -> AsyncIterator[Delivery]:
        """Deliveries of a durable consumer, one at a time; what is not answered comes again after ack_wait_s.

        most: so many are asked for at once where as many wait, so that a backlog costs fewer turns to the server. Those
        that this process holds when it dies come again after ack_wait_s.

        The consumer (and the stream, where this identity owns it) is made if need be, also after a server lost it.
        Ends when the bus is closed.
        Raises:
            BusRefused: this identity may not consume there.
        """
        return self._work.deliveries(stream, durable, ack_wait_s, max_deliver, most)

    async def replay(self, stream: str, since: datetime) -> AsyncIterator[Message]:
        """The messages of what `stored` tells. Raises as it does."""
        deliveries = self.stored(stream, since)
        async with contextlib.aclosing(deliveries):  # type: ignore[type-var]
            async for delivery in deliveries:
                if delivery.message is not None:
                    yield delivery.message

    async def stored(self, stream: str, since: datetime) -> AsyncIterator[Delivery]:
        """What `stream` holds from `since` (aware) until now, in order, not to be settled; bad ones are counted.

        Raises:
            BusUnavailable: the server or the stream went away before the end.
            BusRefused: this identity may not read the stream.
        """
        raws = jetstream.replay(self._context, stream, since, self._denials)
        async with contextlib.aclosing(raws):  # type: ignore[type-var]
            async for raw in raws:
                yield self._delivery(raw)

    async def close(self, drain_s: float = 5.0) -> None:
        """Send what is pending, for at most drain_s seconds, and close. Iterations end. No connection is left open."""
        self._standing.closing = True
        for task in self._tasks:
            task.cancel()
        try:
            with contextlib.suppress(*jetstream.Failure):
                await asyncio.wait_for(self._client.drain(), drain_s)  # noqa: TID251 -- it keeps cancellations to itself
        finally:  # also when this is cut short
            await self._client.abandon()
            await self._standing.on_closed()

    async def own(self, config: StreamConfig) -> None:
        """Make the stream be as `config` says, now and whenever `work` finds it gone. Raises BusError subclasses."""
        self._work.owned = config
        try:
            if config.name == STREAM_OUT:
                await outgoing.begin(self._client, self._context, config)
            await jetstream.ensure_stream(self._context, config, self._denials)
        except jetstream.Failure as error:
            raise jetstream.api_error(config.name or "", error, self._denials) from None

    async def fill(self, stream: str) -> jetstream.StreamFill:
        """How full a stream is. Raises BusUnavailable, BusRefused."""
        return await jetstream.fill(self._context, stream, self._denials)

    async def waiting(self, stream: str, durable: str) -> int:
        """How many messages of a stream its consumer has not been given yet. Raises as `fill`."""
        return await jetstream.waiting(self._context, stream, durable, self._denials)

    async def sources(self, stream: str) -> tuple[SourceState, ...]:
        """How far a stream is behind each that it takes from. Raises BusUnavailable."""
        return await sources(self._client, stream, PUBLISH_TIMEOUT_S)

    def sequenced(self, config: StreamConfig, subject: str) -> SequencedStream:
        """A stream of expected-sequence appends."""
        return SequencedStream(lambda: self._context, self._denials, config, subject)

    async def ended(self) -> None:
        """Wait until the connection is closed for good, by either side."""
        await self._standing.closed.wait()

    @property
    def _context(self) -> JetStreamContext:
        return self._client.jetstream(timeout=PUBLISH_TIMEOUT_S)

    def _check_size(self, subject: str, body: bytes) -> None:
        limit = int(self._client.max_payload)
        if len(body) > limit:
            raise TooLarge(subject, len(body), limit)

    def _delivery(self, raw: Msg) -> Delivery:
        delivery = Delivery(raw)
        if delivery.error is not None:
            self._metrics.reject(delivery.error)
        return delivery

    async def _listen(self, subject: str, take: Take) -> None:
        try:
            await self._client.subscribe(subject, cb=take)
            await self._client.synced()
        except jetstream.Failure as error:
            raise BusUnavailable(f"{subject}: {type(error).__name__}") from None
        if self._denials.subject(subject):
            raise BusRefused(f"{self.service} may not subscribe {subject}")

    def _end(self, failure: BusError | None) -> None:
        for subscription in self._subscriptions:
            subscription.end(failure)


@contextlib.asynccontextmanager
async def connected(settings: BusSettings, service: str, metrics: Metrics = PROCESS) -> AsyncIterator[Bus]:
    """The bus as `service`, closed afterwards: what is pending is sent for at most settings.drain_s seconds.

    Raises what `Bus.connect` raises.
    """
    bus = await Bus.connect(settings, service, metrics=metrics)
    try:
        yield bus
    finally:
        await bus.close(settings.drain_s)


async def ensure_streams(bus: Bus, domains: Sequence[str] = (), crop_max_age_s: float = CROP_MAX_AGE_S) -> None:
    """Create, or bring up to date, the stream that the bus's identity owns; nothing when it owns none.

    domains: JetStream domains of the room devices that the ward sources (for alerts).
    crop_max_age_s: how old a crop may become before it is gone (for snni_client).
    Raises:
        BusUnavailable: the server or JetStream is not there yet.
        BusRefused: the server refuses the stream.
    """
    config = stream_of(bus.service, domains, crop_max_age_s)
    if config is not None:
        await bus.own(config)
