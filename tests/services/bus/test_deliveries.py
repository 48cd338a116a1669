"""What waits in a stream is delivered in order, and again where whoever had it said nothing."""

from __future__ import annotations

import secrets
from contextlib import aclosing

from localsite.nats_pair import NatsPair
from services.bus.subjects import DURABLE_ALERTS, STREAM_WARD
from tests.services.bus import samples
from tests.services.bus.room import crops_of, room


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
