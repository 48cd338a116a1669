"""This machine's camera, of which libavdevice draws one (lavfi is a device like any other)."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from aiortc import MediaStreamError

from localsite.cameras.aiortc_camera import arguments, run
from localsite.cameras.device import DeviceError, DeviceTrack, input_of, opened
from localsite.nats_pair import NatsPair
from tests.services.ingest.bus_frames import arrived, listening
from tests.services.ingest.process import IngestProcess
from tests.support.waiting import PATIENCE_S

DRAWN = "lavfi:testsrc=size=1280x720:rate=30,realtime"


def test_names_of_devices() -> None:
    assert input_of("v4l2:/dev/video2") == ("video4linux2", "/dev/video2")
    assert input_of("avfoundation:0") == ("avfoundation", "0")
    assert input_of("lavfi:testsrc=size=1x1")[1] == "testsrc=size=1x1"
    if sys.platform == "linux":
        assert input_of("") == ("video4linux2", "/dev/video0")
        assert input_of("/dev/v4l/by-id/usb-camera:1") == ("video4linux2", "/dev/v4l/by-id/usb-camera:1")


@pytest.mark.parametrize("name", ["/dev/no-such-camera", "lavfi:no-such-filter", "lavfi:sine"])
def test_what_cannot_be_opened_is_said_with_its_name(name: str) -> None:
    with pytest.raises(DeviceError, match=name.partition(":")[2] or name):
        opened(name)


async def test_pictures_come_as_they_are_taken_and_no_faster_than_asked() -> None:
    track = DeviceTrack(DRAWN, 15.0)
    frames = [await asyncio.wait_for(track.recv(), PATIENCE_S) for _ in range(5)]
    track.stop()
    assert {(one.width, one.height, one.format.name) for one in frames} == {(640, 360, "yuv420p")}
    assert all(later.pts > earlier.pts for earlier, later in itertools.pairwise(frames))


async def test_a_camera_that_is_pulled_out_ends_the_track() -> None:
    track = DeviceTrack("lavfi:testsrc=size=64x48:rate=15:duration=0.2", 15.0)
    with pytest.raises(MediaStreamError):
        for _ in range(10):
            await asyncio.wait_for(track.recv(), PATIENCE_S)
    assert track.finished.is_set()


async def test_it_is_published_as_any_video_is(
    tmp_path: Path, nats_pair: NatsPair, capsys: pytest.CaptureFixture[str]
) -> None:
    with IngestProcess(tmp_path, nats_pair, ("own-1",)) as service:
        given = ["--whip-url", service.url("own-1"), "--token", service.tokens["own-1"], "--ca", str(service.ca)]
        options = arguments([*given, "--device", DRAWN, "--seconds", "600"])
        async with listening(nats_pair, "own-1") as got:
            playing = asyncio.create_task(run(options))
            await arrived(got, 2)
            playing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await playing
    assert (got[0].width, got[0].height) == (640, 360)
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events[0] == "first_frame"


def test_a_missing_camera_ends_the_demo_before_anything_starts() -> None:
    command = [sys.executable, "-m", "demo.launch", "--camera", "/dev/no-such-camera"]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2
    assert "/dev/no-such-camera cannot be opened" in done.stderr
    assert "starting" not in done.stderr
