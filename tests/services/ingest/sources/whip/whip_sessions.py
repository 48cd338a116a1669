"""Sessions in this process, with a clock moved by hand, for tests of what only time does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiortc import RTCPeerConnection, RTCSessionDescription

from localsite.site_file import write_site
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import Camera, cameras_of
from services.ingest.frames.outbox import Outbox
from services.ingest.frames.pipeline import FramePipeline, PipelineOptions
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.whip.offer import check_offer
from services.ingest.sources.whip.session_table import LivenessPolicy, Session
from services.ingest.sources.whip.sessions import Sessions
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.moments import ManualClock
from tests.support.waiting import eventually

LIVENESS = LivenessPolicy(connect_s=15, silence_s=30, takeover_s=3, max_sessions=2)
OPTIONS = PipelineOptions(sample_period_s=0.1)


@dataclass
class WhipSessions:
    """Sessions and what they work on."""

    sessions: Sessions
    cameras: dict[str, Camera]
    outbox: Outbox
    clock: ManualClock
    metrics: Metrics

    async def connect(self, camera: str, connection: RTCPeerConnection) -> Session:
        """Open a session, and wait until the connection stands and a frame was decoded."""
        session = await self.open(camera, connection)
        await until(lambda: self.cameras[camera].frames > 0)
        return session

    async def open(self, camera: str, connection: RTCPeerConnection) -> Session:
        """Offer, open, apply the answer."""
        await connection.setLocalDescription(await connection.createOffer())
        session, answer = await self.sessions.open(camera, check_offer(connection.localDescription.sdp))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        return session


async def until(probe: Callable[[], bool]) -> None:
    """Wait until `probe()` is true; AssertionError when it stays false."""

    async def ask() -> bool:
        return probe()

    await eventually(ask)


@asynccontextmanager
async def whip_sessions(directory: Path) -> AsyncIterator[WhipSessions]:
    """Sessions for the cameras cam-1..cam-3; every one is ended with the block."""
    write_site(directory / "site.yaml", ("cam-1", "cam-2", "cam-3"))
    clock, registry, outbox = ManualClock(), Metrics(), Outbox()
    cameras = cameras_of(load_site(directory / "site.yaml"), StatePolicy(), clock.now())
    metrics = IngestMetrics(registry, cameras)
    pipeline = FramePipeline(cameras, outbox, OPTIONS, metrics, clock)
    async with asyncio.TaskGroup() as tasks:
        sessions = Sessions(cameras, LIVENESS, pipeline, metrics, clock, tasks)
        yield WhipSessions(sessions, cameras, outbox, clock, registry)
        await sessions.drain()
