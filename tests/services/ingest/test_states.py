"""Ingest's state messages on the real bus. The clock is moved by hand."""

from __future__ import annotations

from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.site_file import write_site
from services.bus.metrics import StateMetrics
from services.bus.states import StateReporter
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import cameras_of
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.bus.ward import states_of
from tests.services.moments import ManualClock


async def test_going_away_tells_the_truth_at_once(joined_pair: NatsPair, tmp_path: Path) -> None:
    write_site(tmp_path / "site.yaml", ("beat-3",))
    clock = ManualClock()
    cameras = cameras_of(load_site(tmp_path / "site.yaml"), StatePolicy(), clock.now())
    camera = cameras["beat-3"]
    async with joined_pair.bus("ingest", streams=False) as bus:
        metrics = StateMetrics(Metrics(), "ingest")
        reporter = StateReporter(
            "ingest", {"beat-3": camera.ref}, lambda _: camera.condition(clock.now()), bus, metrics, clock, 5.0
        )
        camera.tracker.opened(clock.now())
        camera.frame(clock.now())
        await reporter.tick()
        camera.tracker.closed(clock.now(), "draining")
        await reporter.tick()
        camera.tracker.conclude(clock.now())
        await reporter.publish_all()
    found = await states_of(joined_pair, "beat-3", 2)
    assert [one.status for one in found] == ["live", "offline"]
    assert found[1].detail["reason"] == "draining"
    assert found[1].detail["frames"] == 1
