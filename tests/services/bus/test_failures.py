"""Lost hubs, lost leaves, lost acknowledgements, poison, and messages that are too large."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import psutil
import pytest

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki
from localsite.service import Service
from services.bus import jetstream
from services.bus.delivery import Delivery
from services.bus.errors import BadLength, BusRefused, BusUnavailable, TooLarge
from services.bus.messages import encode
from services.bus.nats_bus import Bus
from services.bus.nats_config import LeafOptions
from services.bus.streams import crops_stream
from services.bus.subjects import DURABLE_ALERTS, DURABLE_SNNI_CLIENT, FRAMES_ALL, STREAM_CROPS, STREAM_WARD
from tests.services.bus import samples
from tests.support.waiting import PATIENCE_S, eventually

ROOT = Path(__file__).parents[3]


def crops_of(bus: Bus, ack_wait_s: float = 10.0) -> AsyncIterator[Delivery]:
    """The crops that snni_client works on."""
    return bus.work(STREAM_CROPS, DURABLE_SNNI_CLIENT, ack_wait_s=ack_wait_s)


def lost_by(bus: Bus) -> Callable[[], Awaitable[bool]]:
    """Whether it knows that its server is gone."""

    async def lost() -> bool:
        return not bus.connected

    return lost


def waits_in(bus: Bus) -> Callable[[], Awaitable[bool]]:
    """Whether something waits to be written to its server."""

    async def waits() -> bool:
        return bool(bus._client.pending_data_size)

    return waits


@asynccontextmanager
async def room(pair: NatsPair) -> AsyncIterator[tuple[Bus, Bus]]:
    """keyframe and snni_client, connected, streams made."""
    await pair.provision()
    async with pair.bus("keyframe") as keyframe, pair.bus("snni_client") as client:
        yield keyframe, client


async def test_events_wait_for_a_dead_hub_and_arrive_in_order_once(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    async with room(pair) as (_, client), pair.bus("alerts") as alerts:
        producer = secrets.token_hex(16)
        await client.publish_durable(samples.pain(sequence=1, producer=producer))
        async with aclosing(alerts.work(STREAM_WARD, DURABLE_ALERTS, ack_wait_s=30)) as deliveries:  # type: ignore[type-var]
            first = await anext(deliveries)
            await first.ack()
            assert first.message is not None and first.message.envelope.sequence == 1
            pair.hub.kill()
            for sequence in (2, 3, 4):
                for _ in range(2):
                    await client.publish_durable(samples.pain(sequence=sequence, producer=producer))
            pair.restart_hub()
            seen: list[int] = []
            while 4 not in seen:
                delivery = await anext(deliveries)
                await delivery.ack()
                assert delivery.message is not None
                seen.append(delivery.message.envelope.sequence)
        replayed = [
            message.envelope.sequence
            async for message in alerts.replay(STREAM_WARD, datetime.now(UTC) - timedelta(hours=1))
        ]
        assert [sequence for sequence in seen if sequence != 1] == [2, 3, 4]
        assert replayed == [1, 2, 3, 4]


async def test_events_wait_for_a_hub_over_a_restart_of_the_leaf(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    producer = secrets.token_hex(16)
    async with room(pair) as (_, client):
        pair.hub.kill()
        await client.publish_durable(samples.pain(sequence=1, producer=producer))
    pair.restart_leaf()
    pair.restart_hub()
    async with pair.bus("alerts") as alerts:
        async with aclosing(alerts.work(STREAM_WARD, DURABLE_ALERTS, ack_wait_s=30)) as deliveries:  # type: ignore[type-var]
            delivery = await anext(deliveries)
            await delivery.ack()
        assert delivery.message == samples.pain(sequence=1, producer=producer)


async def test_a_backlog_is_taken_in_order_and_once_however_much_is_asked_for(fresh_pair: NatsPair) -> None:
    """And what comes while nothing waits is not held until more does."""
    pair = fresh_pair
    producer, took = secrets.token_hex(16), []
    await pair.wait_joined()
    async with room(pair) as (_, client), pair.bus("alerts") as alerts:
        for sequence in range(1, 41):
            await client.publish_durable(samples.pain(sequence=sequence, producer=producer))
        most = alerts.work(STREAM_WARD, DURABLE_ALERTS, ack_wait_s=30, most=16)
        async with aclosing(most) as deliveries:  # type: ignore[type-var]
            for sequence in range(1, 51):
                if sequence > 40:
                    await client.publish_durable(samples.pain(sequence=sequence, producer=producer))
                delivery = await anext(deliveries)
                await delivery.ack()
                took.append(delivery.message.envelope.sequence)
    assert took == list(range(1, 51))


async def test_work_goes_on_after_the_leaf_lost_its_memory(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    async with room(pair) as (keyframe, client), aclosing(crops_of(client)) as deliveries:  # type: ignore[type-var]
        await keyframe.publish_durable(samples.crop(sequence=1))
        await (await anext(deliveries)).ack()
        pair.leaf.kill()
        with pytest.raises(BusUnavailable):
            await keyframe.publish_durable(samples.crop(sequence=2), timeout_s=0.2)

        async def lost() -> bool:
            return not keyframe.connected

        await eventually(lost)
        with pytest.raises(BusUnavailable):
            await keyframe.publish(samples.crop(sequence=3))
        pair.restart_leaf()
        following = asyncio.ensure_future(anext(deliveries))

        async def accepted() -> bool:
            try:
                await keyframe.publish_durable(samples.crop(sequence=4))
            except BusUnavailable:
                return False
            return True

        await eventually(accepted)
        delivery = await following
        assert delivery.message is not None
        assert delivery.message.envelope.sequence in (2, 4)


async def test_the_newest_crop_of_each_camera_wins(fresh_pair: NatsPair) -> None:
    async with room(fresh_pair) as (keyframe, client):
        for sequence in (1, 2, 3):
            for camera in ("cam-a", "cam-b"):
                await keyframe.publish_durable(samples.crop(sequence=sequence, camera=camera))
        async with aclosing(crops_of(client)) as deliveries:  # type: ignore[type-var]
            seen = []
            for _ in range(2):
                delivery = await anext(deliveries)
                await delivery.ack()
                assert delivery.message is not None
                seen.append((delivery.message.envelope.camera.camera, delivery.message.envelope.sequence))
        assert sorted(seen) == [("cam-a", 3), ("cam-b", 3)]


async def test_a_crop_is_redelivered_when_its_worker_dies(fresh_pair: NatsPair) -> None:
    async with room(fresh_pair) as (keyframe, client):
        await keyframe.publish_durable(samples.crop())
        async with (
            fresh_pair.bus("snni_client", streams=False) as mortal,
            aclosing(crops_of(mortal, ack_wait_s=0.3)) as deliveries,  # type: ignore[type-var]
        ):
            assert (await anext(deliveries)).deliveries == 1
        async with aclosing(crops_of(client, ack_wait_s=0.3)) as deliveries:  # type: ignore[type-var]
            again = await anext(deliveries)
            assert again.deliveries == 2
            await again.nak()
            third = await anext(deliveries)
            assert third.deliveries == 3
            await third.ack()


async def test_a_poison_crop_is_named_and_terminated(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    async with room(pair) as (keyframe, client):
        subject, headers, body = encode(samples.crop(camera="cam-x"))
        raw = await pair.client("keyframe")
        await raw.jetstream().publish(subject, body[:-1], headers=headers)
        async with aclosing(crops_of(client)) as deliveries:  # type: ignore[type-var]
            poison = await anext(deliveries)
            assert poison.message is None
            assert isinstance(poison.error, BadLength)
            await poison.term("bad length")
            await keyframe.publish_durable(samples.crop(camera="cam-y"))
            good = await anext(deliveries)
            assert good.message is not None
            await good.ack()
        await raw.close()


async def test_too_large_for_the_server(tmp_path: Path, pki: Pki) -> None:
    pair = start_pair(tmp_path, pki, leaf_options=LeafOptions(max_payload=4096))
    try:
        async with room(pair) as (keyframe, client):
            for publish in (keyframe.publish, keyframe.publish_durable):
                with pytest.raises(TooLarge) as caught:
                    await publish(samples.big_crop())
                assert (caught.value.size, caught.value.limit) == (150_528, 4096)
            assert keyframe.connected
            await keyframe.publish_durable(samples.crop())
            async with aclosing(crops_of(client)) as deliveries:  # type: ignore[type-var]
                await (await anext(deliveries)).ack()
    finally:
        pair.stop()


async def test_too_large_for_the_stream(fresh_pair: NatsPair) -> None:
    async with room(fresh_pair) as (keyframe, client):
        await client.own(replace(crops_stream(), max_msg_size=1024))
        with pytest.raises(TooLarge) as caught:
            await keyframe.publish_durable(samples.crop())
        assert caught.value.size == 2304
        assert keyframe.connected


async def test_frames_flow_and_the_newest_win(fresh_pair: NatsPair) -> None:
    async with fresh_pair.bus("ingest") as ingest, fresh_pair.bus("keyframe") as keyframe:
        frames = await keyframe.subscribe(FRAMES_ALL, pending=2)
        for sequence in range(5):
            await ingest.publish(samples.frame(sequence=sequence))

        async def complete() -> bool:
            return frames._queue[-1].envelope.sequence == 4 if frames._queue else False

        await eventually(complete)
        assert [(await anext(frames)).envelope.sequence for _ in range(2)] == [3, 4]
        assert keyframe._metrics.dropped.labels("frames")._value.get() == 3


async def test_garbage_on_a_subject_is_counted_and_dropped(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    async with pair.bus("ingest") as ingest, pair.bus("keyframe") as keyframe:
        frames = await keyframe.subscribe(FRAMES_ALL)
        raw = await pair.client("ingest")
        subject, headers, body = encode(samples.frame())
        await raw.publish(subject, body[:-1], headers=headers)
        await raw.publish(subject, body)
        await raw.flush()
        await raw.close()
        await ingest.publish(samples.frame(sequence=9))
        assert (await anext(frames)).envelope.sequence == 9
        assert keyframe._metrics.rejected.labels("frames", "bad_length")._value.get() == 1
        assert keyframe._metrics.rejected.labels("frames", "missing_header")._value.get() == 1


async def test_iterations_end_when_the_bus_closes(fresh_pair: NatsPair) -> None:
    async with fresh_pair.bus("keyframe") as keyframe:
        frames = await keyframe.subscribe(FRAMES_ALL)
        await keyframe.close()
        assert [message async for message in frames] == []


async def test_what_an_identity_may_not_do_is_refused(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    await pair.provision()
    async with pair.bus("ingest") as ingest:
        with pytest.raises(BusRefused):
            await ingest.publish_durable(samples.pain(), timeout_s=60)
        with pytest.raises(BusRefused):
            await ingest.subscribe(FRAMES_ALL)
        assert ingest.connected


async def test_no_stream_yet_is_unavailable(fresh_pair: NatsPair) -> None:
    async with fresh_pair.bus("keyframe") as keyframe:
        with pytest.raises(BusUnavailable):
            await keyframe.publish_durable(samples.crop(), timeout_s=1)


async def test_each_component_reports_to_the_ward(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    await pair.provision()
    told = [("live", "ingest"), ("dark", "keyframe"), ("filling", "snni_client")]
    for status, component in told:
        async with pair.bus(component) as bus:
            await bus.publish_durable(samples.state(status, component))
    async with pair.bus("alerts") as alerts, aclosing(ward(alerts)) as deliveries:  # type: ignore[type-var]
        for status, component in told:
            delivery = await anext(deliveries)
            await delivery.ack()
            assert delivery.message == samples.state(status, component)


def ward(alerts: Bus) -> AsyncIterator[Delivery]:
    """The events that alerts works on."""
    return alerts.work(STREAM_WARD, DURABLE_ALERTS, ack_wait_s=30)


def test_the_bridge_provisions_the_room_as_a_process(fresh_pair: NatsPair, tmp_path: Path) -> None:
    bridge = Service("bridge", fresh_pair.connection("bridge"), tmp_path, module="services.bus.provision")
    for times in (1, 2):
        assert bridge.start().wait(PATIENCE_S) == 0, bridge.log_end()
        assert sum(event["event"] == "streams_ready" for event in bridge.events()) == times


def test_both_servers_sync_what_they_acknowledge(fresh_pair: NatsPair) -> None:
    """As they say of themselves; what they run is the version that the manifests name."""
    for server in (fresh_pair.leaf, fresh_pair.hub):
        told: dict[str, Any] = server.varz()
        assert told["jetstream"]["config"]["sync_always"] is True


async def test_a_server_that_says_nothing_more_does_not_hold_up_the_end(fresh_pair: NatsPair) -> None:
    """Far below the half minute that asyncio gives a TLS connection to end, far above what closing takes; and the
    connection is not left open, nor where closing it is cut short."""

    def connections() -> int:
        found = psutil.Process().net_connections("tcp")
        return sum(1 for one in found if one.raddr and one.raddr.port == urlparse(fresh_pair.leaf.url).port)

    both = [await Bus.connect(fresh_pair.settings("keyframe"), "keyframe") for _ in range(2)]
    os.kill(fresh_pair.leaf.process.pid, signal.SIGSTOP)
    try:
        assert connections() == 2
        await asyncio.wait_for(both[0].close(drain_s=0.1), 20)
        assert connections() == 1
        closing = asyncio.create_task(both[1].close(drain_s=PATIENCE_S))
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert connections() == 0
    finally:
        os.kill(fresh_pair.leaf.process.pid, signal.SIGCONT)


class Deaf:
    """A pull whose library takes a cancellation for the end of its wait."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def fetch(self, batch: int, timeout: float) -> list[Any]:  # noqa: ASYNC109
        self.asked.set()
        try:
            await asyncio.sleep(timeout)
        except asyncio.CancelledError:
            raise TimeoutError from None
        raise TimeoutError

    async def consumer_info(self) -> object:
        return None

    async def unsubscribe(self) -> None:
        """Nothing."""


async def test_a_cancellation_that_the_library_keeps_to_itself_ends_the_work() -> None:
    """Or a process that is told to stop waits for a crop that never comes."""
    pull = Deaf()

    async def work() -> None:
        while True:
            await jetstream.fetch(pull, 1, STREAM_CROPS, jetstream.Denials())

    task = asyncio.create_task(work())
    await pull.asked.wait()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
    assert done and task.cancelled()


async def test_work_ends_when_it_is_cancelled_while_the_server_is_away(fresh_pair: NatsPair) -> None:
    """Also where the library kept that to itself, or a process that is told to stop asks for ever."""
    async with room(fresh_pair) as (_, client):

        async def work() -> None:
            asyncio.create_task(asyncio.sleep(0)).add_done_callback(lambda _: task.cancel())
            with contextlib.suppress(asyncio.CancelledError):  # kept by the library
                await asyncio.Event().wait()
            async for _ in crops_of(client):
                pass

        fresh_pair.leaf.kill()
        await eventually(lost_by(client))
        task = asyncio.create_task(work())
        done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
        assert done and task.cancelled()


async def test_a_bus_closes_while_its_server_is_away_and_something_waits_to_be_written(fresh_pair: NatsPair) -> None:
    """Or a service that is told to stop ends as one that failed."""
    async with room(fresh_pair) as (_, client):
        fresh_pair.leaf.kill()
        await eventually(lost_by(client))
        waiting = asyncio.create_task(client.publish_durable(samples.pain(sequence=1)))
        await eventually(waits_in(client))
        await client.close(drain_s=0.1)
        waiting.cancel()
        await asyncio.wait([waiting])


async def test_a_bus_that_is_closed_is_not_lost(fresh_pair: NatsPair, caplog: pytest.LogCaptureFixture) -> None:
    async with room(fresh_pair):
        pass
    assert "bus_lost" not in caplog.messages


async def test_a_request_that_failed_as_its_maker_was_cancelled_is_not_complained_of() -> None:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    asked = asyncio.Event()

    async def request() -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:  # its answer has come meanwhile: what asyncio.wait_for makes of the two
            raise BusUnavailable("refused") from None

    maker = asyncio.create_task(jetstream.Denials().unless_denied("ward.lease", request()))
    await asked.wait()
    maker.cancel()
    await asyncio.wait([maker])
    assert maker.cancelled()
    del maker
    await asyncio.sleep(0)
    gc.collect()
    assert complaints == []
