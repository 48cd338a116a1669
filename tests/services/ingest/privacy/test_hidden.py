"""The real process: no frame without its mask is ever on the bus, through kills and new sizes; none while shut."""

from __future__ import annotations

from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from services.bus.messages import FrameMessage
from services.probe.whip_client import http_session
from services.runtime.process import ExitStatus
from tests.services.bus.ward import states_of
from tests.services.ingest.bus_frames import arrived, listening, luma
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.sources.rtsp.pulled import video
from tests.support.rtsp.camera import RtspCamera
from tests.support.waiting import PATIENCE_S, eventually

UPPER = [[0, 0], [1, 0], [1, 0.7], [0, 0.7]]
"""All that moves in the video, and most of what is bright."""


def hidden(message: FrameMessage) -> bool:
    """Whether the masked part is black."""
    picture = luma(message)
    return bool((picture[: int(0.7 * message.height)] == 0).all() and (picture[-20:] > 0).all())


async def front(process: IngestProcess) -> int:
    """What the set-up page answers."""
    async with http_session(process.ca) as http, http.get(f"https://localhost:{process.ports()['setup']}/") as answer:
        return answer.status


async def told_shut(pair: NatsPair, times: int) -> None:
    """Wait until so many runs of the process told that the shutter is closed."""

    async def told() -> bool:
        found = [one for one in await states_of(pair, "hidden-1", 1) if one.status == "shutter_closed"]
        return len({one.envelope.producer for one in found}) >= times

    await eventually(told)


async def test_masks_and_shutter_through_kills_and_sizes(joined_pair: NatsPair, tmp_path: Path) -> None:
    shutters = tmp_path / "shutters"
    shutters.mkdir()
    async with RtspCamera(video()) as camera, listening(joined_pair, "hidden-1") as got:
        entry = {"rtsp": {"url": camera.url()}, "sight": {"drawn_on": "1280x960", "masks": [UPPER]}}
        settings = {
            "sample_period_s": 0.2,
            "shutters": shutters,
            "setup_token": tmp_path / "setup",
            "rtsp_retry_first_s": 0.1,
        }
        process = IngestProcess(tmp_path, joined_pair, ("hidden-1",), {"hidden-1": entry}, **settings)
        with process.start():
            await arrived(got, 3)
            assert await front(process) == 404, "the set-up page is off until somebody switches it on"
            (tmp_path / "setup").write_text("0123456789abcdef")
            assert await front(process) == 200
            process.kill()
        with process.start():
            await arrived(got, len(got) + 3)
            camera.video = video(size=(320, 240))

            async def smaller() -> bool:
                return got[-1].height == 240

            await eventually(smaller)
            (shutters / "hidden-1").touch()
            await told_shut(joined_pair, times=1)
            count = len(got)
            process.kill()
        with process.start():
            await told_shut(joined_pair, times=2)
            played = camera.played

            async def playing() -> bool:
                return camera.played > played

            await camera.crash()
            await camera.boot()
            await eventually(playing)
            assert len(got) <= count + 1, "but for one that was on its way, nothing came"
            (shutters / "hidden-1").unlink()
            await arrived(got, count + 3)
    assert all(map(hidden, got))


@pytest.mark.parametrize("wrong", ["upper half", [[[0, 0], [1, 0]]], [[[0, 0], [2, 0], [1, 1]]]])
def test_a_mask_that_cannot_be_read_keeps_the_process_from_starting(
    joined_pair: NatsPair, tmp_path: Path, wrong: object
) -> None:
    entry = {"sight": {"drawn_on": "640x480", "masks": wrong}}
    process = IngestProcess(tmp_path, joined_pair, ("cam-1",), {"cam-1": entry}).start()
    assert process.wait(PATIENCE_S) == ExitStatus.MISCONFIGURED
    assert "sight.masks" in process.log_end()
