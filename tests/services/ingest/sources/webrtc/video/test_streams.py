"""A camera that speaks as many sources, or whose numbers jump, costs no more than another, and is seen on."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import RtcpRrPacket, RtpPacket, pack_remb_fci

from services.ingest.sources.webrtc.video.streams import MOST, SILENT_S, Missing, Streams
from tests.services.ingest.sources.whip.peers import SquareTrack, connection_of
from tests.services.ingest.sources.whip.whip_sessions import until, whip_sessions

SOURCES = 400
"""More than a report, or a word about the bitrate, can name."""


async def test_a_camera_that_speaks_as_many_is_heard_as_few_and_seen_on(tmp_path: Path) -> None:
    connection = connection_of(SquareTrack())
    async with whip_sessions(tmp_path) as found:
        session = await found.connect("cam-1", connection)
        receiver: Any = found.sessions._connections[session.id].peer._receiver
        sender: Any = connection.getSenders()[0]
        payload_type = next(iter(receiver._codecs))
        before = receiver.packets

        async def speak(ssrc: int) -> None:
            packet = RtpPacket(payload_type=payload_type, sequence_number=ssrc, ssrc=ssrc, payload=b"\x10\x01")
            packet.extensions.abs_send_time = ssrc
            await sender.transport._send_rtp(packet.serialize(sender._RTCRtpSender__rtp_header_extensions_map))

        for ssrc in range(1, SOURCES + 1):
            await speak(ssrc)
        await until(lambda: receiver.packets >= before + MOST - 1)
        seen = found.cameras["cam-1"].frames

        def seen_on() -> bool:
            found.clock.advance(0.05)
            return found.cameras["cam-1"].frames > seen + 15

        await until(seen_on)
        assert len(receiver.transport._rtp_router.ssrc_table) <= MOST + 1
        assert len(bytes(RtcpRrPacket(ssrc=1, reports=receiver._streams.reports(time.monotonic())))) == 8 + 24 * MOST
        assert pack_remb_fci(1000, list(receiver._way.ssrcs))
        silent = next(ssrc for ssrc in receiver._streams._heard if ssrc <= SOURCES)
        receiver._streams._heard[silent] = found.clock.seconds - SILENT_S - 1
        await speak(SOURCES + 1)
        await until(lambda: SOURCES + 1 in receiver._streams._received)
        kept = {*receiver.transport._rtp_router.ssrc_table, *receiver._way.ssrcs, *receiver._streams._received}
        assert silent not in kept
    await connection.close()


def test_those_that_were_heard_first_are_heard_on() -> None:
    streams = Streams()
    taken = [streams.add(RtpPacket(ssrc=ssrc, sequence_number=1), 90_000, 0.0) for ssrc in range(MOST + 1)]
    assert taken == [True] * MOST + [False]
    assert streams.add(RtpPacket(ssrc=0, sequence_number=2), 90_000, SILENT_S) and streams.packets == MOST + 1
    assert not streams.add(RtpPacket(ssrc=MOST, sequence_number=1), 90_000, SILENT_S)


def test_an_encoder_that_begins_anew_each_night_is_heard_on() -> None:
    """Its source changes each time; what it sends again has one that lasts."""
    forgotten: list[int] = []
    streams, lasting = Streams(forgotten.append), 1000
    for night in range(3 * MOST):
        at = night * 86_400.0
        assert streams.add(RtpPacket(ssrc=night, sequence_number=1), 90_000, at)
        assert streams.add(RtpPacket(ssrc=lasting, sequence_number=night), 90_000, at + 1)
    assert forgotten == list(range(2 * MOST + 1))
    assert streams.packets == 6 * MOST
    assert [one.ssrc for one in streams.reports(at)] == [lasting, *range(2 * MOST + 1, 3 * MOST)]


def test_stamps_that_jump_to_and_fro_end_no_reports() -> None:
    """As tens of thousands of packets make it whose stamps are the least and the most by turns."""
    streams = Streams()
    streams.add(RtpPacket(ssrc=1, sequence_number=1), 90_000, 0.0)
    streams._received[1]._jitter_q4 = 2**36 + 128
    assert streams._received[1].jitter > 2**32 - 1
    assert bytes(RtcpRrPacket(ssrc=1, reports=streams.reports(0.0)))


def test_what_is_missing_is_what_aiortc_says_and_a_jump_costs_no_walk() -> None:
    ours, theirs, chance = Missing(), NackGenerator(), random.Random(1)
    number = 0
    for _ in range(300):
        number = (number + chance.choice((1, 1, 2, 127, 128, 129, 130, 500, 32_766, 32_767, 32_768, 65_535))) % 65_536
        packet = RtpPacket(sequence_number=number)
        ours.add(packet), theirs.add(packet)
        assert (ours.missing, ours.max_seq) == (theirs.missing, theirs.max_seq)


def test_a_jump_walks_through_no_more_than_is_remembered() -> None:
    class Counted(set[int]):
        added = 0

        def add(self, number: int) -> None:
            self.added += 1
            super().add(number)

    missing = Missing()
    missing.missing = counted = Counted()
    for step in range(4):
        missing.add(RtpPacket(sequence_number=step * 32_000 % 65_536))
    assert counted.added <= 4 * 128
