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
import sys
import time
from pathlib import Path

import aiohttp
from aiortc import RTCPeerConnection

from localsite.cameras.device import DeviceError, DeviceTrack
from services.probe.video_track import VideoFileTrack
from services.probe.whip_client import CameraError, WhipClient, http_session, prefer
from services.runtime.ice import gather_on, host_only
from services.runtime.shutdown import harden
from video.errors import VideoError
from video.file import pictures

LAST_FRAMES_S = 0.3


def report(event: str, **fields: str | int | float) -> None:
    """Print an event."""
    print(json.dumps({"event": event, "at": time.time(), **fields}), flush=True)


def track_of(options: argparse.Namespace) -> VideoFileTrack | DeviceTrack:
    """What to publish; what cannot be played is refused before anybody is called. Raises VideoError, DeviceError."""
    if options.device is not None:
        track = DeviceTrack(options.device, options.fps)
        report("first_frame", first_frame_at=time.time())
        return track
    next(pictures(options.video, options.fps))
    return VideoFileTrack(options.video, options.fps, options.loop, report)


async def play(options: argparse.Namespace, stop: asyncio.Event) -> None:
    """Publish until the video's end, or until `stop`.

    Raises CameraError, DeviceError, VideoError, aiohttp.ClientError, OSError.
    """
    track = track_of(options)
    connection = RTCPeerConnection(host_only())
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
