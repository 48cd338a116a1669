"""Chromium publishes to ingest: audio beside video, both codecs, CORS and all, through localsite.cameras."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from localsite.cameras.browser_camera import to_mjpeg
from localsite.nats_pair import NatsPair
from localsite.process import python
from tests.services.ingest.bus_frames import arrived, listening, luma
from tests.services.ingest.sources.whip.whip import Whip
from tests.services.ingest.videos import write_video
from tests.support.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def mjpeg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the square for the fake camera."""
    directory = tmp_path_factory.mktemp("video")
    to_mjpeg(write_video(directory / "square.mp4", 2.0), directory / "square.mjpeg")
    return directory / "square.mjpeg"


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_chromium_publishes(joined_pair: NatsPair, whip: Whip, mjpeg: Path, codec: str) -> None:
    command = [*python("localsite.cameras.browser_camera"), "--whip-url", whip.url, "--codec", codec]
    command += ["--token", whip.ingest.tokens[whip.camera], "--cert", str(whip.ingest.cert), "--video", str(mjpeg)]
    async with listening(joined_pair, whip.camera) as got:
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        try:
            await arrived(got, 3)
            child.terminate()
            output, _ = await asyncio.wait_for(child.communicate(), PATIENCE_S)
        finally:
            if child.returncode is None:
                child.kill()
    events = [json.loads(line) for line in output.decode().splitlines()]
    assert child.returncode == 0, events
    assert [event["event"] for event in events] == ["published", "connected", "deleted"]
    assert events[0]["etag"], "CORS exposes it"
    assert events[-1]["status"] == 200
    for message in got:
        assert (message.width, message.height) == (640, 480)
        assert (luma(message) > 180).sum() > 2000, "the square is there"
