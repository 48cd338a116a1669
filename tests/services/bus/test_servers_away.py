"""A hub or a leaf that goes and comes again: what waits arrives, in order and once."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from localsite.nats_pair import NatsPair
from services.bus.errors import BusUnavailable
from services.bus.subjects import STREAM_WARD
from tests.services.bus import samples
from tests.services.bus.room import crops_of, lost_by, room
from tests.services.bus.ward import events_of
from tests.support.waiting import eventually


async def test_events_wait_for_a_dead_hub_and_arrive_in_order_once(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    async with room(pair) as (_, client), pair.bus("alerts") as alerts:
        producer = secrets.token_hex(16)
        await client.publish_durable(samples.pain(sequence=1, producer=producer))
        async with aclosing(events_of(alerts)) as deliveries:  # type: ignore[type-var]
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
        async with aclosing(events_of(alerts)) as deliveries:  # type: ignore[type-var]
            delivery = await anext(deliveries)
            await delivery.ack()
        assert delivery.message == samples.pain(sequence=1, producer=producer)


async def test_work_goes_on_after_the_leaf_lost_its_memory(fresh_pair: NatsPair) -> None:
    pair = fresh_pair
    async with room(pair) as (keyframe, client), aclosing(crops_of(client)) as deliveries:  # type: ignore[type-var]
        await keyframe.publish_durable(samples.crop(sequence=1))
        await (await anext(deliveries)).ack()
        pair.leaf.kill()
        with pytest.raises(BusUnavailable):
            await keyframe.publish_durable(samples.crop(sequence=2), timeout_s=0.2)

        await eventually(lost_by(keyframe))
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
