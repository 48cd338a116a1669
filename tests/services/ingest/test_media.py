"""Real WebRTC into the real process: what arrives on the bus, and how sessions end."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from localsite.nats_pair import NatsPair
from services.bus.messages import StateMessage
from services.bus.subjects import STREAM_WARD
from tests.services.ingest.bus_frames import arrived, listening, luma
from tests.services.ingest.sources.whip.peers import publisher
from tests.services.ingest.sources.whip.whip import Whip
from tests.support.waiting import PATIENCE_S, eventually


@pytest.mark.parametrize(("codec", "audio"), [("VP8", False), ("VP8", True), ("H264", True)])
async def test_published_video_becomes_frames(joined_pair: NatsPair, whip: Whip, codec: str, audio: bool) -> None:
    async with listening(joined_pair, whip.camera) as got, publisher(whip, codec, audio=audio) as camera:
        await arrived(got, 4)
        assert await camera.client.delete() == 200
    assert [message.envelope.sequence for message in got] == list(range(len(got)))
    assert {message.envelope.producer for message in got} == {got[0].envelope.producer}
    span = (got[-1].envelope.published_at - got[0].envelope.published_at).total_seconds()
    assert len(got) <= span / 0.5 + 3, "only sampled frames travel: one in 0.5 s, the first and the last at any moment"
    for message in got:
        where = message.envelope.camera
        assert (where.ward, where.room, where.camera) == ("ward-1", "room-1", whip.camera)
        assert (message.width, message.height) == (640, 480)
        picture = luma(message)
        assert abs(int(np.median(picture)) - 98) < 6, "grey 96 in limited range"
        assert (picture > 180).sum() > 2000, "the square is there"
        age = message.envelope.published_at - message.envelope.captured_at
        assert timedelta(0) <= age < timedelta(seconds=2)
        assert message.envelope.traceparent is not None
    moments = [message.envelope.captured_at for message in got]
    assert all(later > earlier for earlier, later in itertools.pairwise(moments))


async def test_large_video_is_scaled(joined_pair: NatsPair, whip: Whip) -> None:
    async with listening(joined_pair, whip.camera) as got, publisher(whip, size=(1280, 720)):
        await arrived(got, 1)
    assert (got[0].width, got[0].height) == (640, 360)


async def test_a_camera_whose_stamps_promise_more_than_it_gives_is_served(joined_pair: NatsPair, whip: Whip) -> None:
    """150 fps stamped, 15 given: after 6 s the sender's time is 5 s behind."""
    async with listening(joined_pair, whip.camera) as got, publisher(whip, stamped=150) as camera:
        await arrived(got, 20)
        assert not camera.closed.is_set()
    span = (got[-1].envelope.published_at - got[0].envelope.published_at).total_seconds()
    claimed = (got[-1].envelope.captured_at - got[0].envelope.captured_at).total_seconds()
    assert span > 8.0
    assert claimed > span / 2  # by the stamps alone it would be a tenth


async def test_a_session_outlives_its_post(joined_pair: NatsPair, whip: Whip) -> None:
    async with listening(joined_pair, whip.camera) as got, publisher(whip) as camera:
        await whip.http.close()
        await camera.connected.wait()
        count = len(got)
        await arrived(got, count + 3)


async def test_a_second_publisher_waits_for_the_first_to_go(joined_pair: NatsPair, whip: Whip) -> None:
    async with publisher(whip) as first:
        await asyncio.wait_for(first.connected.wait(), PATIENCE_S)
        assert (await whip.post()).status == 409
        assert await first.client.delete() == 200
        await asyncio.wait_for(first.closed.wait(), PATIENCE_S)
    async with listening(joined_pair, whip.camera) as got, publisher(whip):
        await arrived(got, 1)


async def test_a_publisher_that_vanishes_is_free_at_once(whip: Whip) -> None:
    async with publisher(whip) as first:
        await asyncio.wait_for(first.connected.wait(), PATIENCE_S)

    async def free() -> bool:
        assert first.client.location is not None
        return (await whip.send("GET", first.client.location)).status == 404

    await eventually(free)


async def test_a_silent_publisher_gives_way(whip: Whip) -> None:
    async with publisher(whip) as first:
        await asyncio.wait_for(first.connected.wait(), PATIENCE_S)
        first.track.gate.clear()

        async def taken_over() -> bool:
            return (await whip.post()).status == 201

        await eventually(taken_over)
        await asyncio.wait_for(first.closed.wait(), PATIENCE_S)


async def test_the_ward_hears_of_every_state(joined_pair: NatsPair, whip: Whip) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    async with publisher(whip) as camera, joined_pair.bus("alerts", streams=False) as bus:

        async def statuses() -> list[StateMessage]:
            found = [one async for one in bus.replay(STREAM_WARD, since) if isinstance(one, StateMessage)]
            return [one for one in found if one.envelope.camera.camera == whip.camera]

        async def told(status: str) -> StateMessage | None:
            return next((one for one in await statuses() if one.status == status), None)

        live = await eventually(lambda: told("live"))
        camera.track.gate.clear()
        stalled = await eventually(lambda: told("stalled"))
        assert await camera.client.delete() == 200
        offline = await eventually(lambda: told("offline"))
        order = [one.status for one in await statuses()]
    assert isinstance(live, StateMessage)
    assert isinstance(stalled, StateMessage)
    assert isinstance(offline, StateMessage)
    assert stalled.since >= live.since
    assert offline.since > stalled.since
    assert offline.detail["reason"] == "deleted"
    assert order[-3:] == ["live", "stalled", "offline"]
    assert order[:-3] in ([], ["connecting"]), "connecting may be over before the next look"
