"""A source that asks one camera, in the test's loop: its frames, and the states that it comes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from localsite.site_file import write_site
from services.ingest.camera_state import CameraState, StatePolicy
from services.ingest.cameras import Camera, cameras_of
from services.ingest.frames.outbox import Outbox
from services.ingest.frames.picture import Picture
from services.ingest.frames.pipeline import FramePipeline, PipelineOptions
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.pullers import Pullers
from services.runtime.clock import Clock, SystemClock
from services.runtime.metrics import Metrics
from services.site.file import load_site
from services.site.records import Site
from tests.support.waiting import PATIENCE_S, eventually

CAMERA = "cam-1"
PERIOD_S = 0.1
Make = Callable[[Site, dict[str, Camera], FramePipeline, IngestMetrics, Clock], Pullers]


@dataclass
class Pulled:
    """secrets: the folder with its login or token."""

    camera: Camera
    outbox: Outbox
    secrets: Path

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
async def running(
    directory: Path, entry: Mapping[str, object], make: Make, secret: str | None
) -> AsyncIterator[Pulled]:
    """The source, running. entry: the camera's in the site's file. secret: what its file in the folder has."""
    write_site(directory / "site.yaml", (CAMERA,), more={CAMERA: entry})
    secrets = directory / "secrets"
    secrets.mkdir()
    if secret is not None:
        (secrets / CAMERA).write_text(secret)
    site, clock, outbox = load_site(directory / "site.yaml"), SystemClock(), Outbox()
    cameras = cameras_of(site, StatePolicy(stall_s=0.5, hold_s=0.0, recover_s=0.0), clock.now())
    metrics = IngestMetrics(Metrics(), cameras)
    pipeline = FramePipeline(cameras, outbox, PipelineOptions(PERIOD_S), metrics, clock)
    source = make(site, cameras, pipeline, metrics, clock)
    task = asyncio.create_task(source.run())
    try:
        yield Pulled(cameras[CAMERA], outbox, secrets)
    finally:
        await source.drain()
        await task
