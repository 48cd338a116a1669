"""What crosses from the room to the ward, and what does not, on two real servers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.aio.msg import Msg

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki
from services.bus.messages import decode
from services.bus.subjects import (
    CONSENT_ALL,
    DURABLE_SNNI_CLIENT,
    STREAM_CROPS,
    STREAM_OUT,
    STREAM_WARD,
)
from tests.services.bus import samples
from tests.services.bus.intruder import hub_of_the_intruder, intrude, leaks_pictures, request_for
from tests.support.waiting import PATIENCE_S, eventually


@pytest.fixture(scope="module")
def stormed(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[NatsPair]:
    """A room with its registry's configuration, joined to a hub that the intruder owns."""
    pair = start_pair(tmp_path_factory.mktemp("stormed"), pki, hub_of_the_intruder(pki))
    yield pair
    pair.stop()


async def test_the_room_receives_the_crop_and_the_hub_cannot(stormed: NatsPair) -> None:
    async with stormed.bus("snni_client") as client, stormed.bus("keyframe") as keyframe:
        sent = samples.crop(producer=secrets.token_hex(16))
        await keyframe.publish_durable(sent)
        async for delivery in client.work(STREAM_CROPS, DURABLE_SNNI_CLIENT, ack_wait_s=5):
            await delivery.ack()
            assert delivery.message == sent
            break
    assert not await leaks_pictures(stormed)


VERBS = (
    "INFO",
    "STREAM.NAMES",
    "STREAM.LIST",
    "STREAM.INFO.{}",
    "STREAM.CREATE.{}",
    "STREAM.UPDATE.{}",
    "STREAM.PURGE.{}",
    "STREAM.DELETE.{}",
    "STREAM.MSG.GET.{}",
    "STREAM.MSG.DELETE.{}",
    "STREAM.SNAPSHOT.{}",
    "STREAM.RESTORE.{}",
    "STREAM.LEADER.STEPDOWN.{}",
    "DIRECT.GET.{}",
    "DIRECT.GET.{}.crops.v1.haus.cam-7a",
    "CONSUMER.NAMES.{}",
    "CONSUMER.LIST.{}",
    "CONSUMER.DURABLE.CREATE.{}.spy",
    "CONSUMER.CREATE.{}.spy",
    "CONSUMER.CREATE.{}.spy.crops.>",
    "CONSUMER.INFO.{}.snni-client",
    "CONSUMER.DELETE.{}.snni-client",
    "CONSUMER.MSG.NEXT.{}.snni-client",
    "CONSUMER.LEADER.STEPDOWN.{}.snni-client",
)


def stream_names(answer: dict[str, object]) -> set[str]:
    """The names of the streams that an answer lists."""
    listed = answer.get("streams")
    if not isinstance(listed, list):
        return set()
    return {one if isinstance(one, str) else one["config"]["name"] for one in listed}


@pytest.mark.parametrize("stream", [STREAM_CROPS, STREAM_OUT])
async def test_no_verb_of_the_rooms_api_answers_the_hub(stormed: NatsPair, stream: str) -> None:
    await stormed.provision()
    await stormed.wait_joined()
    async with intrude(stormed) as intruder:
        await intruder.listen("spy")
        for verb in VERBS:
            subject = f"$JS.room-1.API.{verb.format(stream)}"
            assert await intruder.ask(subject, request_for(verb, stream)) is None, subject
            assert await intruder.ask(subject) is None, subject
            plain = await intruder.ask(f"$JS.API.{verb.format(stream)}", None if "CREATE" in verb else {})
            assert plain is None or "error" in plain or verb in ("INFO", "STREAM.NAMES", "STREAM.LIST"), verb
            assert stream_names(plain or {}) <= {STREAM_WARD}


async def test_the_one_verb_it_needs_reaches_nothing_but_out(stormed: NatsPair) -> None:
    """CONSUMER.CREATE is how the hub sources OUT. It must not reach CROPS, nor turn OUT against the leaf."""
    await stormed.provision()
    marker = secrets.token_bytes(16)
    async with stormed.bus("keyframe") as keyframe, stormed.bus("bridge") as bridge, intrude(stormed) as intruder:
        await intruder.listen("spy", ">")
        await keyframe.publish_durable(samples.crop(marker, producer=secrets.token_hex(16)))
        push = {"deliver_subject": "spy", "ack_policy": "none", "deliver_policy": "all"}
        request: dict[str, object] = {"stream_name": STREAM_CROPS, "config": push}
        answer = await intruder.ask(f"$JS.room-1.API.CONSUMER.CREATE.{STREAM_CROPS}", request)
        assert answer is None or "error" in answer
        create, request = f"$JS.room-1.API.CONSUMER.CREATE.{STREAM_OUT}", {"stream_name": STREAM_OUT, "config": push}
        allowed = await eventually(lambda: intruder.ask(create, request, PATIENCE_S))
        assert allowed is not None and allowed["stream_name"] == STREAM_OUT
        before = await bridge._context.stream_info(STREAM_OUT)
        for verb in ("DELETE", "PURGE", "MSG.DELETE"):
            aimed = {**push, "deliver_subject": f"$JS.API.STREAM.{verb}.{STREAM_OUT}"}
            request = {"stream_name": STREAM_OUT, "config": aimed}
            await intruder.ask(f"$JS.room-1.API.CONSUMER.CREATE.{STREAM_OUT}", request)
        async with stormed.bus("snni_client") as client:
            await client.publish_durable(samples.pain(producer=secrets.token_hex(16)))
        after = await bridge._context.stream_info(STREAM_OUT)
        assert after.created == before.created
        assert after.state.messages == before.state.messages + 1
        assert not intruder.heard_any(marker)


async def test_the_hub_cannot_forge_events_in_the_room(stormed: NatsPair) -> None:
    await stormed.provision()
    await stormed.wait_joined()
    async with stormed.bus("bridge") as bridge, intrude(stormed) as intruder:
        before = await bridge._context.stream_info(STREAM_OUT)
        for subject in ("pain.v1.w.r.c", "state.v1.w.r.c.ingest", "crops.v1.haus.c", "frames.v1.haus.c"):
            assert await intruder.ask(subject, {"forged": True}) is None
        async with stormed.bus("snni_client") as client:
            await client.publish_durable(samples.pain(producer=secrets.token_hex(16)))
        after = await bridge._context.stream_info(STREAM_OUT)
        assert after.state.messages == before.state.messages + 1


async def test_crops_are_on_no_disk(stormed: NatsPair) -> None:
    await stormed.provision()
    marker, noted = secrets.token_bytes(16), secrets.token_hex(16)
    async with stormed.bus("keyframe") as keyframe, stormed.bus("snni_client") as client:
        await keyframe.publish_durable(samples.crop(marker, producer=secrets.token_hex(16)))
        await client.publish_durable(samples.pain(producer=noted))

    async def written() -> bool:
        return any(noted.encode() in path.read_bytes() for path in files(stormed.leaf.config.parent))

    await eventually(written)
    assert not any(marker in path.read_bytes() for path in files(stormed.leaf.config.parents[1]))


def files(directory: Path) -> list[Path]:
    """Every file under a directory."""
    return [path for path in directory.rglob("*") if path.is_file()]


async def test_the_wards_stream_refuses_to_forget(stormed: NatsPair) -> None:
    await stormed.provision()
    async with stormed.bus("snni_client") as client, stormed.bus("alerts") as alerts, intrude(stormed) as intruder:
        await client.publish_durable(samples.pain(producer=secrets.token_hex(16)))

        async def stored() -> int:
            return int((await alerts._context.stream_info(STREAM_WARD)).state.messages)

        await eventually(stored)
        before = await stored()
        assert "error" in (await intruder.ask(f"$JS.API.STREAM.PURGE.{STREAM_WARD}", None, PATIENCE_S) or {})
        delete = f"$JS.API.STREAM.MSG.DELETE.{STREAM_WARD}"
        assert "error" in (await intruder.ask(delete, {"seq": 1}, PATIENCE_S) or {})
        assert await stored() == before


async def test_what_the_ward_says_of_a_camera_enters_the_room_and_nothing_else_does(stormed: NatsPair) -> None:
    await stormed.wait_joined()
    said, heard = samples.consent(signature=secrets.token_hex(64)), []
    room = await stormed.client("ingest")

    async def keep(message: Msg) -> None:
        heard.append((message.subject, message.headers, message.data))

    try:
        await room.subscribe(CONSENT_ALL, cb=keep)
        async with stormed.bus("alerts") as alerts, intrude(stormed) as intruder:

            async def passed() -> bool:
                await alerts.publish(said)
                return bool(heard)

            await eventually(passed)
            assert decode(*heard[0]) == said
            for subject in ("consent.v2.w.r.c", "consent.v1.w.r", "state.v1.w.r.c.ingest", "frames.v1.haus.c"):
                await intruder.client.publish(subject, b"forged")

            async def all_passed() -> bool:
                """What one connection sends last arrives last; core NATS sends nothing again when a leaf joins."""
                await intruder.client.publish("consent.v1.w.r.c", b"the last")
                await intruder.client.synced()
                return any(data == b"the last" for _, _, data in heard)

            await eventually(all_passed)
            assert {subject for subject, _, _ in heard} == {"consent.v1.ward-1.room-7.cam-7a", "consent.v1.w.r.c"}
    finally:
        await room.close()
