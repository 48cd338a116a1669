"""Who is slower than what comes has the newest of it."""

from __future__ import annotations

from contextlib import aclosing

from localsite.nats_pair import NatsPair
from services.bus.subjects import FRAMES_ALL
from tests.services.bus import samples
from tests.services.bus.room import crops_of, room
from tests.support.waiting import eventually


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
