"""Messages that are none: named, counted, and in nobody's way."""

from __future__ import annotations

from contextlib import aclosing

from localsite.nats_pair import NatsPair
from services.bus.errors import BadLength
from services.bus.messages import encode
from services.bus.subjects import FRAMES_ALL
from tests.services.bus import samples
from tests.services.bus.room import crops_of, room


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
