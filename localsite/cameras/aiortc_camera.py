"""A camera: plays a video file, or this machine's camera, by WebRTC, as a WHIP client (RFC 9725) of its own.

    python -m localsite.cameras.aiortc_camera --whip-url https://localhost:8443/whip/cam-1 --token T --ca web.pem \\
        --video face.mp4

Prints one JSON object per line: {"event", "at" (wall time, seconds), ...}. `first_frame` carries `first_frame_at`, the
moment of the video's second 0; `again` tells that the video starts anew, at `video_s`. Exits 0 at the video's end,
after DELETE; 1 when it cannot publish. A truth file beside the video is never opened. With `--device` in place of
`--video` a camera of this machine is published, for `--seconds` or until told to stop.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import ssl
import sys
import time
from fractions import Fraction
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import av
from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)

from localsite.cameras.device import DeviceError, DeviceTrack
from services.ingest.sources.whip.ice import gather_on
from services.runtime.shutdown import harden
from video.errors import VideoError
from video.file import pictures

CLOCK_HZ = 90_000
TIME_BASE = Fraction(1, CLOCK_HZ)
REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=60)
LAST_FRAMES_S = 0.3


class CameraError(RuntimeError):
    """The camera cannot publish: the server refused, or the connection failed."""


def report(event: str, **fields: str | int | float) -> None:
    """Print an event."""
    print(json.dumps({"event": event, "at": time.time(), **fields}), flush=True)


class VideoFileTrack(MediaStreamTrack):  # type: ignore[misc]  # aiortc says nothing of its types
    """A file's pictures at the speed of life, once or again and again. `finished` is set after the last one."""

    kind = "video"

    def __init__(self, video: Path, fps: float, loop: bool) -> None:
        super().__init__()
        self._video, self._fps, self._loop = video, fps, loop
        self._pictures = pictures(video, fps)
        self._round_s = 0.0
        self._last_s = 0.0
        self._started: float | None = None
        self.frames = 0
        self.unreadable = False
        self.finished = asyncio.Event()

    async def recv(self) -> av.VideoFrame:
        """The next picture, when its time has come. Raises MediaStreamError after the last one."""
        found = self._next()
        if found is None and self._loop and self.frames and not self.unreadable:
            self._round_s = self._last_s + 1 / self._fps
            report("again", video_s=self._round_s)
            self._pictures = pictures(self._video, self._fps)
            found = self._next()
        if found is None:
            self.finished.set()
            raise MediaStreamError
        self._last_s = self._round_s + found[0]
        await self._wait(self._last_s)
        frame = found[1]
        frame.pts, frame.time_base = int(self._last_s * CLOCK_HZ), TIME_BASE
        self.frames += 1
        return frame

    def _next(self) -> tuple[float, av.VideoFrame] | None:
        try:
            return next(self._pictures, None)
        except VideoError:
            self.unreadable = True
            return None

    async def _wait(self, seconds: float) -> None:
        if self._started is None:
            self._started = time.monotonic() - seconds
            report("first_frame", first_frame_at=time.time() - seconds)
        await asyncio.sleep(max(0.0, self._started + seconds - time.monotonic()))


def prefer(sender: RTCRtpSender, connection: RTCPeerConnection, codec: str) -> None:
    """Offer only `codec` (VP8 or H264) for this sender."""
    wanted = f"video/{codec}".lower()
    for transceiver in connection.getTransceivers():
        if transceiver.sender is sender:
            known = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([one for one in known if one.mimeType.lower() == wanted])


class WhipClient:
    """One WHIP session of one connection."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http, self._url = http, url
        self._headers = {"Authorization": f"Bearer {token}"}
        self.location: str | None = None
        self.etag: str | None = None

    async def publish(self, connection: RTCPeerConnection) -> None:
        """Offer, post, apply the answer. Raises CameraError, aiohttp.ClientError."""
        await connection.setLocalDescription(await connection.createOffer())
        headers = self._headers | {"Content-Type": "application/sdp"}
        offer = connection.localDescription.sdp
        async with self._http.post(self._url, data=offer.encode(), headers=headers) as answer:
            if answer.status != 201:
                raise CameraError(f"the server answered {answer.status}")
            self.location = urljoin(str(answer.url), answer.headers["Location"])
            self.etag = answer.headers.get("ETag")
            text = await answer.text()
        await connection.setRemoteDescription(RTCSessionDescription(sdp=text, type="answer"))

    async def delete(self) -> int:
        """End the session; the status. Raises CameraError when there is none, aiohttp.ClientError."""
        if self.location is None:
            raise CameraError("no session to end")
        async with self._http.delete(self.location, headers=self._headers) as answer:
            return answer.status


def http_session(ca: Path | None) -> aiohttp.ClientSession:
    """A client that trusts `ca` only (None: the system's authorities)."""
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), timeout=REQUEST_TIMEOUT)


def track_of(options: argparse.Namespace) -> VideoFileTrack | DeviceTrack:
    """What to publish; what cannot be played is refused before anybody is called. Raises VideoError, DeviceError."""
    if options.device is not None:
        track = DeviceTrack(options.device, options.fps)
        report("first_frame", first_frame_at=time.time())
        return track
    next(pictures(options.video, options.fps))
    return VideoFileTrack(options.video, options.fps, options.loop)


async def play(options: argparse.Namespace, stop: asyncio.Event) -> None:
    """Publish until the video's end, or until `stop`.

    Raises CameraError, DeviceError, VideoError, aiohttp.ClientError, OSError.
    """
    track = track_of(options)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    broken = asyncio.Event()

    def changed() -> None:
        report("connection", state=connection.connectionState)
        if connection.connectionState in ("failed", "closed"):
            broken.set()

    connection.on("connectionstatechange", changed)

    async with http_session(options.ca) as http:
        client = WhipClient(http, options.whip_url, options.token)
        try:
            prefer(connection.addTrack(track), connection, options.codec)
            await client.publish(connection)
            report("published", location=client.location or "")
            over = [asyncio.create_task(event.wait()) for event in (track.finished, stop, broken)]
            await asyncio.wait(over, timeout=options.seconds, return_when=asyncio.FIRST_COMPLETED)
            for task in over:
                task.cancel()
            if broken.is_set() and not stop.is_set():
                raise CameraError("the connection is gone")
            if isinstance(track, DeviceTrack) and track.finished.is_set():
                raise DeviceError("the camera stopped giving pictures")
            if isinstance(track, VideoFileTrack) and track.unreadable:
                raise CameraError("the video cannot be read")
            await asyncio.sleep(LAST_FRAMES_S)
        finally:
            if client.location is not None:
                report("deleted", status=await client.delete(), frames=track.frames)
            track.stop()
            await connection.close()


async def run(options: argparse.Namespace) -> int:
    """The exit status."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    gather_on()
    try:
        await play(options, stop)
    except (CameraError, DeviceError, VideoError, aiohttp.ClientError, OSError) as error:
        report("failed", kind=type(error).__name__, reason=str(error)[:200])
        return 1
    return 0


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Publish a video file as a camera by WHIP")
    parser.add_argument("--whip-url", required=True)
    parser.add_argument("--token", required=True)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--video", type=Path)
    source.add_argument("--device", help="a camera of this machine in place of a video; empty: its usual one")
    parser.add_argument("--seconds", type=float, help="end after so long")
    parser.add_argument("--ca", type=Path, help="trust this authority instead of the system's")
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument("--codec", choices=("VP8", "H264"), default="VP8")
    rounds = parser.add_mutually_exclusive_group()
    rounds.add_argument("--once", dest="loop", action="store_false", help="end with the video (the default)")
    rounds.add_argument("--loop", dest="loop", action="store_true", help="play it again and again")
    parser.set_defaults(loop=False)
    return parser.parse_args(given)


if __name__ == "__main__":
    harden()  # a real person may be before it
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(run(arguments())))
