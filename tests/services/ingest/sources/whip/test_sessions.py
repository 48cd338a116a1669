"""What ends sessions, who is let in, and that audio is never decoded. Real aiortc peers; the clock is moved by hand."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import av
import pytest
from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack

from services.ingest.frames import decoder
from services.ingest.frames.decoder import Decoder
from services.ingest.frames.pipeline import PipelineOptions
from services.ingest.sources.webrtc.video import decoding
from services.ingest.sources.whip.errors import CameraBusy, NotFound, Unavailable
from services.ingest.sources.whip.offer import check_offer
from services.ingest.sources.whip.session_table import LONGEST_LOOK_S, Session
from tests.services.ingest.sources.whip.offer_files import offer
from tests.services.ingest.sources.whip.peers import SquareTrack, connection_of
from tests.services.ingest.sources.whip.whip_sessions import OPTIONS, WhipSessions, until, whip_sessions
from tests.support.waiting import PATIENCE_S, eventually

OBS = check_offer(offer("obs-30"))


def gone(found: WhipSessions, camera: str, session: str) -> bool:
    """Whether the session is over."""
    try:
        found.sessions.find(camera, session)
    except NotFound:
        return True
    return False


async def test_a_peer_that_never_connects_is_reaped(tmp_path: Path) -> None:
    async with whip_sessions(tmp_path) as found:
        session, _ = await found.sessions.open("cam-1", OBS)
        found.clock.advance(14.9)
        await found.sessions.sweep()
        assert not gone(found, "cam-1", session.id)
        found.clock.advance(0.1)
        await found.sessions.sweep()
        assert gone(found, "cam-1", session.id)
        found.cameras["cam-1"].tracker.observe(found.clock.now())
        assert found.cameras["cam-1"].tracker.state.reason == "never_connected"
        assert b'sessions_ended_total{why="never_connected"} 1.0' in found.metrics.render()


async def test_a_connected_peer_that_falls_silent_is_reaped(tmp_path: Path) -> None:
    track = SquareTrack()
    connection = connection_of(track)
    closed = asyncio.Event()
    connection.on("connectionstatechange", lambda: connection.connectionState == "closed" and closed.set())
    async with whip_sessions(tmp_path) as found:
        session = await found.connect("cam-1", connection)
        track.gate.clear()
        await found.sessions.sweep()
        await quiet(found, session)
        found.clock.advance(29.0)
        await found.sessions.sweep()
        assert not gone(found, "cam-1", session.id)
        found.clock.advance(1.1)
        await found.sessions.sweep()
        assert gone(found, "cam-1", session.id)
        async with asyncio.timeout(PATIENCE_S):
            await closed.wait()


async def quiet(found: WhipSessions, session: Session) -> None:
    """Sweep until no late packet is heard any more: ten looks in a row."""
    unheard = 0

    async def looked_often() -> bool:
        nonlocal unheard
        before = session.last_packet_at
        found.clock.advance(0.01)
        await found.sessions.sweep()
        unheard = unheard + 1 if session.last_packet_at == before else 0
        return unheard >= 10

    await eventually(looked_often)


async def test_rtp_keeps_a_session_alive_for_hours(tmp_path: Path) -> None:
    connection = connection_of(SquareTrack())
    async with whip_sessions(tmp_path) as found:
        session = await found.connect("cam-1", connection)
        for _ in range(5):
            frames = found.cameras["cam-1"].frames
            found.clock.advance(29.0)
            await until(lambda before=frames: found.cameras["cam-1"].frames > before)
            await found.sessions.sweep()
        assert not gone(found, "cam-1", session.id)
        await connection.close()


async def test_a_camera_of_which_no_picture_can_be_decoded_is_ended_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder, "MAX_PIXELS", 1)
    connection = connection_of(SquareTrack())
    async with whip_sessions(tmp_path) as found:
        session = await found.open("cam-1", connection)
        peer, heard = found.sessions._connections[session.id].peer, 0
        for _ in range(13):  # a minute, from the first look on
            assert not gone(found, "cam-1", session.id)
            await until(lambda before=heard: peer.connected and peer.video_packets > before)
            heard = peer.video_packets
            found.clock.advance(LONGEST_LOOK_S)
            await found.sessions.sweep()
        assert gone(found, "cam-1", session.id)
        found.cameras["cam-1"].tracker.observe(found.clock.now())
        state = found.cameras["cam-1"].tracker.state
        assert (state.status, state.reason) == ("offline", "undecodable")
    await connection.close()


async def test_audio_is_accepted_and_never_decoded(tmp_path: Path) -> None:
    connection = connection_of(SquareTrack(), audio=AudioStreamTrack())
    before = {thread.ident for thread in threading.enumerate()}
    async with whip_sessions(tmp_path) as found:
        await found.connect("cam-1", connection)
        await eventually(lambda: many_audio_packets(connection))
        decoders = [one.name for one in threading.enumerate() if one.ident not in before and "decoder" in one.name]
        assert decoders == ["video-decoder"]
        assert found.cameras["cam-1"].frames > 0
        await connection.close()


async def many_audio_packets(connection: RTCPeerConnection) -> bool:
    """Whether the publisher sent a second of audio."""
    sender = next(one for one in connection.getSenders() if one.kind == "audio")
    report = await sender.getStats()
    return sum(one.packetsSent for one in report.values() if one.type == "outbound-rtp") >= 50


async def test_a_dead_holder_is_replaced_and_closed(tmp_path: Path) -> None:
    async with whip_sessions(tmp_path) as found:
        first, _ = await found.sessions.open("cam-1", OBS)
        with pytest.raises(CameraBusy):
            await found.sessions.open("cam-1", OBS)
        found.clock.advance(3.0)
        second, _ = await found.sessions.open("cam-1", OBS)
        assert gone(found, "cam-1", first.id)
        assert not gone(found, "cam-1", second.id)
        assert len(found.sessions) == 1


async def test_sessions_are_limited_and_draining_refuses(tmp_path: Path) -> None:
    async with whip_sessions(tmp_path) as found:
        await found.sessions.open("cam-1", OBS)
        await found.sessions.open("cam-2", OBS)
        with pytest.raises(Unavailable):
            await found.sessions.open("cam-3", OBS)
        await found.sessions.drain()
        assert len(found.sessions) == 0
        with pytest.raises(Unavailable) as caught:
            await found.sessions.open("cam-3", OBS)
        assert int(caught.value.headers["Retry-After"]) >= 1


def descriptors() -> int:
    """Open file descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_ended_sessions_leave_no_socket_and_no_thread(tmp_path: Path) -> None:
    async with whip_sessions(tmp_path) as found:
        session, _ = await found.sessions.open("cam-1", OBS)
        await found.sessions.end(session.id, "deleted")
        before, threads = descriptors(), threading.active_count()
        for _ in range(10):
            session, _ = await found.sessions.open("cam-1", OBS)
            await found.sessions.end(session.id, "deleted")
        await until(lambda: descriptors() <= before)
        assert threading.active_count() <= threads


async def test_a_cancelled_opening_leaves_no_session(tmp_path: Path) -> None:
    async with whip_sessions(tmp_path) as found:
        opening = asyncio.create_task(found.sessions.open("cam-1", OBS))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await found.sessions.open("cam-1", OBS)


async def test_decoding_that_falls_behind_ends_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder holds its second picture until the clock is past the limit."""
    go_on, held = threading.Event(), threading.Event()
    go_on.set()

    class Slow(Decoder):
        def pictures(self, packet: av.Packet) -> list[av.VideoFrame] | None:
            held.set()
            go_on.wait()
            return super().pictures(packet)

    monkeypatch.setattr(decoding, "Decoder", Slow)
    connection = connection_of(SquareTrack())
    async with whip_sessions(tmp_path) as found:
        session = await found.connect("cam-1", connection)
        go_on.clear()
        held.clear()
        found.clock.advance(OPTIONS.sample_period_s)
        await until(held.is_set)
        found.clock.advance(PipelineOptions().max_lag_s + 0.1)
        go_on.set()
        await until(lambda: gone(found, "cam-1", session.id))
        assert b'sessions_ended_total{why="overloaded"} 1.0' in found.metrics.render()
        await connection.close()
