"""What the ward is told of a camera when ingest goes away waits for no peer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from localsite.site_file import write_site
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import cameras_of
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.options import PullingOptions
from services.ingest.sources.pulling.pullers import pullers_of
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.ingest.sources.pulling.running import CAMERA
from tests.services.moments import ManualClock
from tests.support.waiting import PATIENCE_S


class Slow:
    """A session that plays until it is cancelled, and whose end waits for the peer."""

    name = "whep"

    def __init__(self) -> None:
        self.playing, self.ending, self.answered = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def secret(self) -> None:
        """None is wanted."""

    async def session(self, secret: None, opened: Callable[[], None]) -> str:
        """Plays."""
        try:
            opened()
            self.playing.set()
            await asyncio.Event().wait()
        finally:
            self.ending.set()
            await self.answered.wait()


async def test_a_camera_whose_server_does_not_answer_is_told_offline_at_once(tmp_path: Path) -> None:
    write_site(tmp_path / "site.yaml", (CAMERA,))
    clock, slow = ManualClock(), Slow()
    cameras = cameras_of(load_site(tmp_path / "site.yaml"), StatePolicy(), clock.now())
    tracker, metrics = cameras[CAMERA].tracker, IngestMetrics(Metrics(), cameras)
    source = pullers_of([(cameras[CAMERA], slow)], PullingOptions(), metrics, clock)
    running = asyncio.create_task(source.run())
    await asyncio.wait_for(slow.playing.wait(), PATIENCE_S)
    tracker.observe(clock.now())
    assert tracker.state.status == "connecting"
    drained = asyncio.create_task(source.drain())
    await asyncio.wait_for(slow.ending.wait(), PATIENCE_S)
    tracker.conclude(clock.now())
    assert (tracker.state.status, tracker.state.reason, drained.done()) == ("offline", "draining", False)
    slow.answered.set()
    await asyncio.wait_for(asyncio.gather(drained, running), PATIENCE_S)
    assert tracker.state.reason == "draining"
