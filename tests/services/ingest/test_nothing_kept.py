"""What a camera showed goes with its use: of one that is paused, nothing is held until it is seen again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.frames.decoder import Decoder
from services.ingest.frames.picture import Picture
from services.ingest.sources.rtsp.handover import Handover
from services.ingest.sources.webrtc.video.assembly import Coded
from services.ingest.sources.webrtc.video.decoding import Batch
from tests.services.bus.held import held
from tests.services.ingest.consent.room import Room
from tests.services.ingest.sources.webrtc.video.vp8 import coded
from tests.services.ingest.sources.whip.peers import SquareTrack, connection_of
from tests.services.ingest.sources.whip.whip_sessions import until, whip_sessions
from tests.support.waiting import eventually

KINDS: tuple[type[object], ...] = (DecodedFrame, Picture, Coded, Batch)


def pictures(before: set[int]) -> list[object]:
    """What holds a picture, or its code, and was not there before; a batch may be empty."""
    found: list[object] = []
    for kind in KINDS:
        found += [one for one in held(kind) if id(one) not in before]
    return [one for one in found if not isinstance(one, Batch) or one.coded]


async def test_nothing_of_a_camera_is_held_once_it_is_paused(tmp_path: Path) -> None:
    before = {id(one) for one in pictures(set())}
    room = Room(tmp_path / "consent")
    await room.say()
    connection = connection_of(SquareTrack())
    async with whip_sessions(tmp_path) as found:
        found.cameras["cam-1"].gate = room.gate
        await found.connect("cam-1", connection)

        def seen() -> bool:
            found.clock.advance(0.1)
            return found.cameras["cam-1"].frames > 5

        await until(seen)
        await room.gate.pause("cam-1", 60.0, "")

        async def let_go() -> bool:
            if found.outbox.waiting:
                await found.outbox.take()
            return not pictures(before)

        await eventually(let_go)
    await connection.close()


async def test_a_frame_that_was_handed_over_is_held_by_nobody() -> None:
    """From a camera's thread, as RTSP's."""
    before = {id(one) for one in pictures(set())}
    handover = Handover()
    frames = handover.frames()
    handover.put(DecodedFrame(av.VideoFrame(64, 48, "yuv420p"), None, 0.0, 0.0))
    assert (await anext(frames)).received == 0.0
    waiting = asyncio.ensure_future(anext(frames))
    await asyncio.sleep(0)
    assert not pictures(before)
    waiting.cancel()


def test_a_decoder_that_forgot_has_nothing_that_a_picture_could_build_upon() -> None:
    first, second = (av.Packet(one.data) for one in coded(2))
    decoder = Decoder("vp8")
    assert decoder.pictures(first)
    decoder.forget()
    assert not decoder.pictures(second)
