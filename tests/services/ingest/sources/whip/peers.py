"""Real aiortc publishers for tests."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction

import av
from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack

from services.probe.video_track import CLOCK_HZ
from services.probe.whip_client import WhipClient, prefer
from services.runtime.ice import host_only
from tests.services.ingest.sources.whip.whip import Whip
from tests.services.ingest.videos import drawn

FPS = 15


class SquareTrack(MediaStreamTrack):
    """The moving square at 15 fps, stamped as if at `stamped`. While `gate` is not set, no picture comes."""

    kind = "video"

    def __init__(self, width: int = 640, height: int = 480, stamped: float = FPS) -> None:
        super().__init__()
        self._size = (width, height)
        self._stamped = stamped
        self._numbers = itertools.count()
        self.gate = asyncio.Event()
        self.gate.set()
        self.sent = 0

    async def recv(self) -> av.VideoFrame:
        """The next picture, 1/15 s after the one before."""
        await self.gate.wait()
        await asyncio.sleep(1 / FPS)
        number = next(self._numbers)
        frame = av.VideoFrame.from_ndarray(drawn(number, *self._size), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = int(number * CLOCK_HZ / self._stamped), Fraction(1, CLOCK_HZ)
        self.sent += 1
        return frame


@dataclass
class Publisher:
    """A connection that publishes the square."""

    connection: RTCPeerConnection
    client: WhipClient
    track: SquareTrack
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


def connection_of(
    track: MediaStreamTrack, codec: str = "VP8", audio: MediaStreamTrack | None = None
) -> RTCPeerConnection:
    """A connection that will send `track`, and `audio`."""
    connection = RTCPeerConnection(host_only())
    if audio is not None:
        connection.addTrack(audio)
    prefer(connection.addTrack(track), connection, codec)
    return connection


@asynccontextmanager
async def publisher(
    whip: Whip, codec: str = "VP8", *, audio: bool = False, size: tuple[int, int] = (640, 480), stamped: float = FPS
) -> AsyncIterator[Publisher]:
    """A publisher whose offer was answered; closed at the end, without DELETE."""
    track = SquareTrack(*size, stamped)
    connection = connection_of(track, codec, AudioStreamTrack() if audio else None)
    one = Publisher(connection, WhipClient(whip.http, whip.url, whip.ingest.tokens[whip.camera]), track)

    @connection.on("connectionstatechange")
    def changed() -> None:
        if connection.connectionState == "connected":
            one.connected.set()
        if connection.connectionState == "closed":
            one.closed.set()

    try:
        await one.client.publish(connection)
        yield one
    finally:
        await connection.close()
