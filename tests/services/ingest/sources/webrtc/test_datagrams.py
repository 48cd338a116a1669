"""Anybody may send to a session's ports; none of it fills memory, is complained of, or keeps the camera out."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path
from typing import Any

import pytest
from aioice import stun
from aiortc import RTCSessionDescription, rtcicetransport

from services.ingest.sources.webrtc.datagrams import MOST_BYTES, MOST_WAITING, has_room
from services.ingest.sources.webrtc.media import MediaConnection, MediaOptions, receive_on
from services.ingest.sources.whip.offer import check_offer
from tests.services.ingest.sources.whip.peers import SquareTrack, connection_of
from tests.services.ingest.sources.whip.whip_sessions import until, whip_sessions

MEDIA = b"\x80" + bytes(1199)
STUN = {
    "a request whose priority has no length": struct.pack("!HHI12sHH", 1, 4, stun.COOKIE, bytes(12), 0x24, 0),
    "an answer whose tie-breaker is too short": struct.pack(
        "!HHI12sHHI", 0x101, 8, stun.COOKIE, bytes(12), 0x802A, 4, 1
    ),
    "half a head": struct.pack("!HHI", 1, 0, stun.COOKIE),
}


async def test_what_comes_before_a_camera_does_is_bounded_and_does_it_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtcicetransport, "Connection", rtcicetransport.Connection)  # as it was, afterwards
    receive_on(MediaOptions())
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    connection = connection_of(SquareTrack())
    async with whip_sessions(tmp_path) as found:
        await connection.setLocalDescription(await connection.createOffer())
        session, answer = await found.sessions.open("cam-1", check_offer(connection.localDescription.sdp))
        candidate = next(line for line in answer.splitlines() if line.startswith("a=candidate") and "." in line)
        address, port = candidate.split()[4:6]
        waiting = found.sessions._connections[session.id].peer._connection.getTransceivers()[0]
        queue = waiting.receiver.transport.transport._connection._queue
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.connect((address, int(port)))
            for datagram in (*STUN.values(), *[MEDIA] * (2 * MOST_WAITING), bytes([0x80] * (MOST_BYTES + 1))):
                stranger.send(datagram)
                for _ in range(3):  # turns of the loop: it is read
                    await asyncio.sleep(0)
        assert not complaints
        assert MOST_WAITING / 2 < queue.qsize() <= MOST_WAITING
        await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        await until(lambda: found.cameras["cam-1"].frames > 0)
    await connection.close()


async def test_media_is_media_whatever_it_looks_like_beyond_its_first_byte() -> None:
    """A packet whose number is its length less 20, with a priority of no length where its payload is."""
    connection = MediaConnection(ice_controlling=False, media=MediaOptions())
    await connection.get_component_candidates(1, ["127.0.0.1"])
    (protocol,) = connection._protocols
    protocol.datagram_received(struct.pack("!BBHI12sHH", 0x80, 0x60, 4, 0, bytes(12), 0x24, 0), ("127.0.0.1", 9))
    assert connection._queue.qsize() == 1
    await connection.close()


def test_a_datagram_that_no_way_carries_whole_is_not_kept() -> None:
    """It would be one of few, and fill as much as many."""
    assert has_room(0, bytes(MOST_BYTES)) and not has_room(0, bytes(MOST_BYTES + 1))
