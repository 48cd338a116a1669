"""One show: a WHIP session to ingest in which the clip is played again and again, for so many seconds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import aiohttp
from aiortc import RTCPeerConnection

from services.probe.settings import ProbeSettings
from services.probe.video_track import VideoFileTrack
from services.probe.whip_client import CameraError, WhipClient, http_session, prefer
from services.runtime.ice import host_only

END_S = 5.0
CODEC = "VP8"


class Broken(CameraError):
    """The session was accepted, and its media does not get through, or stopped."""


async def show(settings: ProbeSettings, began: Callable[[], None] = lambda: None) -> None:
    """Play the clip for show_s, counted from the connection on. began: called when that stands.

    Raises:
        CameraError: ingest refused. Broken: the media failed. OSError: no token, or no clip, can be read.
        aiohttp.ClientError, TimeoutError: ingest cannot be reached.
    """
    token = (await asyncio.to_thread(settings.token_file.read_text, "ascii")).strip()
    track = VideoFileTrack(settings.clip, settings.fps, loop=True)
    connection = RTCPeerConnection(host_only())
    stands, broken = asyncio.Event(), asyncio.Event()

    def changed() -> None:
        if connection.connectionState == "connected":
            stands.set()
        if connection.connectionState in ("failed", "closed"):
            broken.set()

    connection.on("connectionstatechange", changed)
    async with http_session(settings.ca) as http:
        client = WhipClient(http, str(settings.whip_url), token)
        try:
            prefer(connection.addTrack(track), connection, CODEC)
            await client.publish(connection)
            await _until(stands, broken, track.finished, settings.show_s)
            if not stands.is_set() or broken.is_set():
                raise Broken("media does not get through")
            began()
            await _until(broken, track.finished, None, settings.show_s)
            if broken.is_set() or track.finished.is_set():
                raise Broken("the clip cannot be read" if track.unreadable else "the connection is gone")
        finally:
            if client.location is not None:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with asyncio.timeout(END_S):
                        await client.delete()
            track.stop()
            await connection.close()


async def _until(first: asyncio.Event, second: asyncio.Event, third: asyncio.Event | None, seconds: float) -> None:
    """Until one of them is set, or so many seconds are over."""
    waits = [asyncio.create_task(one.wait()) for one in (first, second, third) if one is not None]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
