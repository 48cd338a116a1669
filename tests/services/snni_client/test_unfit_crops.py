"""Crops that are not to be scored: refused or skipped by type, and the next good one is scored."""

import uuid

import pytest

from services.bus.messages import encode
from services.bus.models import PainMessage
from tests.services.snni_client.crops import REF
from tests.services.snni_client.line import exported
from tests.support.waiting import eventually

BAD = {
    "a shape that its length contradicts": {"vw-width": "224", "vw-height": "224"},
    "a shape that no network takes": {"vw-width": "16", "vw-height": "144"},
    "negative width": {"vw-width": "-48"},
    "not a number": {"vw-channels": "one"},
    "another version": {"vw-schema": "2"},
    "another type": {"ce-type": "org.veilward.frame.v1"},
    "no id": {"ce-id": None},
    "another camera than its subject": {"ce-source": "/home/cam-2"},
}


async def test_bad_crops_are_refused_by_type_and_the_next_good_one_is_scored(line):
    client = await line.pair.client("keyframe")
    jetstream = client.jetstream()
    for name, changes in BAD.items():
        subject, headers, body = encode(line.crop(1))
        headers = {key: value for key, value in (headers | changes).items() if value is not None}
        headers["Nats-Msg-Id"] = uuid.uuid4().hex
        before = len(line.events("crop_rejected"))
        await jetstream.publish(subject, body, headers=headers)

        async def rejected(before=before):
            return len(line.events("crop_rejected")) > before

        try:
            await eventually(rejected)
        except AssertionError:
            pytest.fail(f"{name}: not rejected")
    subject, headers, body = encode(line.crop(2))
    await jetstream.publish(subject, body[:-5], headers=headers)
    await client.close()
    kinds = {event["kind"] for event in line.events("crop_rejected")}
    assert kinds and all(kind not in ("NoneType", "Exception") for kind in kinds)
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(3))

        async def scored():
            return line.events("scored")

        await eventually(scored)
    assert line.client.running and line.client.ready()


async def test_a_crop_that_is_too_old_is_skipped_and_counted(line):
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1, age_s=60))

        async def skipped():
            return line.events("crop_skipped")

        await eventually(skipped)
    assert 'skipped_total{camera="cam-1",reason="too_old"} 1.0' in line.client.metrics()


async def test_a_crop_that_a_clock_set_back_makes_one_of_the_future_is_skipped(line):
    """Nobody knows how long it waited."""
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(line.crop(1, age_s=-3600))

        async def skipped():
            return line.events("crop_skipped")

        await eventually(skipped)
    assert 'skipped_total{camera="cam-1",reason="too_old"} 1.0' in line.client.metrics()


async def test_crops_of_cameras_that_the_site_has_not_give_no_level(line):
    """As from a keyframe that still has the site file of before: a camera that hung in another room, and one more."""
    elsewhere = REF.model_copy(update={"room": "room-2"}), REF.model_copy(update={"camera": "cam-9"})
    async with line.pair.bus("keyframe") as room, exported(line.pair) as messages:
        for count, ref in enumerate(elsewhere, 1):
            crop = line.crop(count)
            await room.publish_durable(
                crop.model_copy(update={"envelope": crop.envelope.model_copy(update={"camera": ref})})
            )

            async def refused(count=count):
                return f"crops_unknown_total {count}.0" in line.client.metrics()

            await eventually(refused)
        await room.publish_durable(line.crop(3))

        async def arrived():
            return await messages(PainMessage)

        assert [message.envelope.camera for message in await eventually(arrived)] == [REF]
    assert "cam-9" not in line.client.metrics() + line.client.log.read_text()


async def test_a_crop_of_another_format_is_skipped_and_counted(line):
    """As from a keyframe that still has the site file of before."""
    other = line.crop(1).model_copy(
        update={"format": "224x224x3-close", "width": 224, "height": 224, "channels": 3, "data": bytes(224 * 224 * 3)}
    )
    async with line.pair.bus("keyframe") as room:
        await room.publish_durable(other)

        async def skipped():
            return line.events("crop_skipped")

        await eventually(skipped)
    assert 'skipped_total{camera="cam-1",reason="other_format"} 1.0' in line.client.metrics()
