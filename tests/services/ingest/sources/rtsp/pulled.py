"""The RTSP source with a camera of the test's own, in the test's loop: its frames, and the states that it comes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localsite.site_file import write_site
from services.ingest.camera_state import CameraState, StatePolicy
from services.ingest.cameras import Camera, cameras_of
from services.ingest.frames.outbox import Outbox
from services.ingest.frames.picture import Picture
from services.ingest.frames.pipeline import FramePipeline, PipelineOptions
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.source import rtsp_pullers
from services.runtime.clock import SystemClock
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.ingest.videos import drawn
from tests.support.rtsp.camera import RtspCamera
from tests.support.rtsp.coded import Codec, Coded, encode
from tests.support.waiting import PATIENCE_S, eventually

CAMERA = "cam-1"
PASSWORD = "9c2e-not-to-be-seen"
LOGIN = ("veilward", PASSWORD)
SOON = {"retry_first_s": 0.1, "retry_limit_s": 0.2, "sample_period_s": 0.1}


@cache
def video(codec: Codec = "H264", size: tuple[int, int] = (640, 480)) -> Coded:
    """Two seconds, again and again: a bright square on grey."""
    return encode((drawn(number, *size) for number in range(30)), codec)


@dataclass
class Pulled:
    """logins: the folder with its login."""

    camera: Camera
    outbox: Outbox
    logins: Path

    async def picture(self) -> Picture:
        """The next frame that would be published."""
        return (await asyncio.wait_for(self.outbox.take(), PATIENCE_S)).picture

    async def told(self, status: str, reason: str = "") -> CameraState:
        """Wait for a status, and its reason where one is given."""

        async def holds() -> CameraState | None:
            self.camera.condition(SystemClock().now())
            state = self.camera.tracker.state
            return state if state.status == status and (not reason or state.reason == reason) else None

        state = await eventually(holds)
        assert state is not None
        return state


@asynccontextmanager
async def pulled(
    directory: Path, camera: RtspCamera, transport: str = "tcp", **options: object
) -> AsyncIterator[Pulled]:
    """The source, running. camera: its login, where it wants one, lies in the folder as LOGIN."""
    entry = {"rtsp": {"url": camera.url(), "transport": transport}}
    write_site(directory / "site.yaml", (CAMERA,), more={CAMERA: entry})
    logins = directory / "logins"
    logins.mkdir()
    if camera.login is not None:
        (logins / CAMERA).write_text("\n".join(LOGIN))
    site, clock, outbox = load_site(directory / "site.yaml"), SystemClock(), Outbox()
    cameras = cameras_of(site, StatePolicy(stall_s=0.5, hold_s=0.0, recover_s=0.0), clock.now())
    metrics = IngestMetrics(Metrics(), cameras)
    pipeline = FramePipeline(cameras, outbox, PipelineOptions(0.1), metrics, clock)
    source = rtsp_pullers(RtspOptions(**{"logins": logins} | SOON | options), site, cameras, pipeline, metrics, clock)
    running = asyncio.create_task(source.run())
    try:
        yield Pulled(cameras[CAMERA], outbox, logins)
    finally:
        await source.drain()
        await running
