"""A sender of H.264 that speaks of its parameter sets once: what it shows is seen again after every pause."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from aiortc import RTCPeerConnection
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket, RtpPacket

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.sources.webrtc.video.assembly import Assembly, Packet
from services.ingest.sources.webrtc.video.payload import piece
from services.ingest.sources.webrtc.video.receiver import Decided, VideoReceiver, take_place
from services.runtime.ice import host_only
from tests.services.ingest.videos import drawn
from tests.services.moments import ManualClock
from tests.support.rtsp.coded import Coded, encode, payloads
from tests.support.waiting import PATIENCE_S

H264 = RTCRtpCodecParameters(
    mimeType="video/H264",
    clockRate=90_000,
    payloadType=97,
    parameters={"packetization-mode": "1", "profile-level-id": "42e01f"},
)
KEY_EVERY = 4
NONE: Mapping[int, tuple[bytes, ...]] = {}


@cache
def video(width: int = 128) -> Coded:
    return encode((drawn(number, width, 96) for number in range(2 * KEY_EVERY)), "H264", key_every=KEY_EVERY)


@dataclass
class Sender:
    """What a camera's encoder gives, without its parameter sets unless they are asked for."""

    receiver: VideoReceiver
    clock: ManualClock
    coded: Coded
    number: int = 0
    shown: int = 0
    asked: list[float] = field(default_factory=list)
    pictures: list[DecodedFrame] = field(default_factory=list)

    async def sets(self) -> None:
        """Of the video, in packets of a time of their own."""
        await self._send(self.coded.parameter_sets)

    async def show(self, index: int) -> None:
        """A picture of the video, without sets."""
        await self._send([unit for unit in self.coded.units[index] if unit not in self.coded.parameter_sets])

    async def seen(self) -> DecodedFrame:
        """A picture that comes of the next key picture."""
        await self.show(0)
        return await asyncio.wait_for(anext(self.receiver.frames()), PATIENCE_S)

    async def _send(self, units: Iterable[bytes]) -> None:
        parts = payloads("H264", tuple(units))
        for part in parts:
            packet = RtpPacket(payload_type=97, sequence_number=self.number % 2**16, ssrc=7, payload=part)
            packet.timestamp, packet.marker = self.shown * 6000, int(part is parts[-1])
            await self.receiver._handle_rtp_packet(packet, 0)
            self.number += 1
        self.shown += 1
        self.clock.advance(1 / 15)


@dataclass
class Pause:
    on: bool = False


@pytest.fixture
def pause() -> Pause:
    return Pause()


@asynccontextmanager
async def sending(pause: Pause, told: Mapping[int, tuple[bytes, ...]] = NONE) -> AsyncIterator[Sender]:
    """told: sets that its description has."""
    connection, clock = RTCPeerConnection(host_only()), ManualClock()
    decided = Decided(lambda: None, lambda: not pause.on)
    receiver = take_place(connection.addTransceiver("video"), 0.01, decided, clock, told)
    sender = Sender(receiver, clock, video())

    async def noted(packet: Any) -> None:
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_PLI:
            sender.asked.append(clock.now().mono)

    receiver._send = noted  # type: ignore[method-assign]
    await receiver.receive(RTCRtpReceiveParameters(codecs=[H264]))
    yield sender
    await receiver.stop()
    await connection.close()


@pytest.fixture
async def sender(pause: Pause) -> AsyncIterator[Sender]:
    async with sending(pause) as one:
        yield one


async def test_a_key_picture_is_asked_for_and_seen_after_a_pause(sender: Sender, pause: Pause) -> None:
    await sender.sets()
    await sender.seen()
    pause.on = True
    for index in (1, 2, 3, 4, 5):
        await sender.show(index)
    assert not sender.asked
    pause.on = False
    await sender.show(6)
    assert sender.asked
    assert (await sender.seen()).picture.width == 128


async def test_sets_that_came_within_a_pause_are_those_that_hold(sender: Sender, pause: Pause) -> None:
    await sender.sets()
    await sender.seen()
    pause.on = True
    sender.coded = video(width=192)
    await sender.sets()
    await sender.show(1)
    pause.on = False
    assert (await sender.seen()).picture.width == 192


async def test_sets_that_are_told_in_the_description_alone(pause: Pause) -> None:
    async with sending(pause, {97: video().parameter_sets}) as sender:
        await sender.seen()
        pause.on = True
        await sender.show(1)
        pause.on = False
        await sender.seen()


def test_of_what_is_passed_by_nothing_but_sets_is_held() -> None:
    assembly, coded = Assembly(), video()
    parts = [part for unit in coded.units for part in payloads("H264", unit)]
    packets = [Packet(number, 0, False, piece("H264", part), 0.0) for number, part in enumerate(parts)]
    for packet in packets[:-1]:
        assembly.add(packet)
    assembly.pass_by(packets[-1])
    assert _bytes_of(assembly) == set(coded.parameter_sets)


def _bytes_of(root: object) -> set[bytes]:
    """Every byte string that it leads to."""
    seen: dict[int, object] = {}
    ahead = [root]
    while ahead:
        one = ahead.pop()
        if id(one) not in seen and not isinstance(one, type):
            seen[id(one)] = one
            ahead += gc.get_referents(one)
    return {one for one in seen.values() if isinstance(one, bytes)}
