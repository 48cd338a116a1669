"""Anybody may send to a session's ports; none of it fills memory, is complained of, or keeps the camera out."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aioice import Candidate, stun
from aiortc import RTCSessionDescription, rtcicetransport

from services.ingest.sources.webrtc.datagrams import MOST_BYTES, MOST_WAITING, Datagrams, has_room
from services.ingest.sources.webrtc.media import MediaConnection, MediaOptions, receive_on
from services.ingest.sources.whip.offer import check_offer
from tests.services.ingest.sources.whip.peers import SquareTrack, connection_of
from tests.services.ingest.sources.whip.whip_sessions import until, whip_sessions

MEDIA = b"\x80" + bytes(1199)
CAMERA = ("127.0.0.1", 9)
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
        assert queue.qsize() == 0, "a stranger's media is nobody's"
        await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        await until(lambda: found.cameras["cam-1"].frames > 0)
    await connection.close()


async def test_media_is_media_whatever_it_looks_like_beyond_its_first_byte() -> None:
    """A packet whose number is its length less 20, with a priority of no length where its payload is."""
    async with receiving() as (connection, protocol):
        protocol.datagram_received(struct.pack("!BBHI12sHH", 0x80, 0x60, 4, 0, bytes(12), 0x24, 0), CAMERA)
        assert connection._queue.qsize() == 1


async def test_of_what_a_peer_sends_before_it_is_read_little_waits() -> None:
    async with receiving() as (connection, protocol):
        for _ in range(2 * MOST_WAITING):
            protocol.datagram_received(MEDIA, CAMERA)
        protocol.datagram_received(MEDIA, ("127.0.0.1", 10))
        assert connection._queue.qsize() == MOST_WAITING


async def test_a_stranger_breaks_no_handshake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By DTLS's alerts, which nothing proves before it stands (RFC 9147, 4.5.2), to every port, all the time."""
    monkeypatch.setattr(rtcicetransport, "Connection", rtcicetransport.Connection)
    receive_on(MediaOptions())
    connection = connection_of(SquareTrack())
    async with whip_sessions(tmp_path) as found:
        await connection.setLocalDescription(await connection.createOffer())
        _, answer = await found.sessions.open("cam-1", check_offer(connection.localDescription.sdp))
        said = [line.split()[4:6] for line in answer.splitlines() if line.startswith("a=candidate") and "." in line]

        async def forge() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for number in itertools.count():
                    for address, port in said:
                        stranger.sendto(
                            struct.pack("!BHHHIHBB", 21, 0xFEFD, 0, 0, number, 2, 2, 40), (address, int(port))
                        )
                    await asyncio.sleep(0.001)

        forging = asyncio.create_task(forge())
        await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        await until(lambda: found.cameras["cam-1"].frames > 0 or not len(found.sessions))
        forging.cancel()
        assert len(found.sessions) == 1
    await connection.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[MediaConnection, Datagrams]]:
    """A connection whose peer told of CAMERA."""
    connection = MediaConnection(ice_controlling=False, media=MediaOptions())
    await connection.get_component_candidates(1, ["127.0.0.1"])
    await connection.add_remote_candidate(Candidate("1", 1, "udp", 1, *CAMERA, "host"))
    (protocol,) = connection._protocols
    yield connection, protocol
    await connection.close()


def test_a_datagram_that_no_way_carries_whole_is_not_kept() -> None:
    """It would be one of few, and fill as much as many."""
    assert has_room(0, b"\x80" * MOST_BYTES) and not has_room(0, b"\x80" * (MOST_BYTES + 1))
