"""Where a camera's media comes by datagrams, what others send to the same port is no picture of the room."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from pathlib import Path

from services.runtime.clock import SystemClock
from tests.services.ingest.sources.rtsp.pulled import pulled, video
from tests.support.rtsp.camera import CLOCK_HZ, PAYLOAD_TYPE, RtspCamera
from tests.support.rtsp.coded import payloads
from tests.support.waiting import eventually


def packets() -> list[bytes]:
    """The camera's video, as it would send it."""
    found: list[bytes] = []
    for shown, unit in enumerate(video().units):
        parts = payloads("H264", unit)
        for part in parts:
            mark = 0x80 if part is parts[-1] else 0
            stamp = shown * CLOCK_HZ // video().fps
            found.append(struct.pack("!BBHII", 0x80, mark | PAYLOAD_TYPE, len(found), stamp, 7) + part)
    return found


async def test_a_strangers_datagrams_are_no_pictures(tmp_path: Path) -> None:
    """The camera itself sends none, so that the session ends; until then the stranger sends all the time."""
    camera = RtspCamera(video(), muted=True)
    async with camera, pulled(tmp_path, camera, "udp", silence_s=2.0) as ours:

        async def forge() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                while True:
                    for transport in camera.transports:
                        port = re.search(r"client_port=(\d+)", transport)
                        assert port is not None
                        for packet in packets():
                            stranger.sendto(packet, ("127.0.0.1", int(port[1])))
                    await asyncio.sleep(0.05)

        forging = asyncio.create_task(forge())

        async def known() -> bool:
            ours.camera.condition(SystemClock().now())
            return ours.camera.frames > 0 or ours.camera.tracker.state.reason == "silent"

        await eventually(known)
        forging.cancel()
        assert ours.camera.frames == 0
