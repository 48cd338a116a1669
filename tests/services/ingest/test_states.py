"""State messages on the real bus: on change, as a heartbeat, again after a failure. The clock is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.site_file import write_site
from services.bus.messages import StateMessage
from services.bus.subjects import STREAM_WARD
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import Camera, cameras_of
from services.ingest.metrics import IngestMetrics
from services.ingest.publisher import Publisher
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.ingest.moments import ManualClock
from tests.support.waiting import eventually


@asynccontextmanager
async def reporting(
    pair: NatsPair, directory: Path, camera: str
) -> AsyncIterator[tuple[StateReporter, Camera, ManualClock]]:
    """A reporter of one camera with a heartbeat of 5 s."""
    write_site(directory / "site.yaml", (camera,))
    clock = ManualClock()
    cameras = cameras_of(load_site(directory / "site.yaml"), StatePolicy(), clock.now())
    async with pair.bus("ingest", streams=False) as bus:
        series = IngestMetrics(Metrics(), cameras)
        publisher = Publisher(bus, cameras, series, clock)
        yield StateReporter(cameras, publisher, series, clock, heartbeat_s=5.0), cameras[camera], clock


async def heard(pair: NatsPair, camera: str, count: int) -> list[StateMessage]:
    """The camera's states in the ward's stream, once there are `count`."""
    found: list[StateMessage] = []
    since = datetime.now(UTC) - timedelta(minutes=5)
    async with pair.bus("alerts", streams=False) as bus:

        async def enough() -> bool:
            messages = [one async for one in bus.replay(STREAM_WARD, since) if isinstance(one, StateMessage)]
            found[:] = [one for one in messages if one.envelope.camera.camera == camera]
            return len(found) >= count

        await eventually(enough)
    return found


async def test_on_change_and_as_a_heartbeat(joined_pair: NatsPair, tmp_path: Path) -> None:
    async with reporting(joined_pair, tmp_path, "beat-1") as (reporter, camera, clock):
        await reporter.tick()
        clock.advance(4.9)
        await reporter.tick()
        camera.watch.opened(clock.now())
        await reporter.tick()
        clock.advance(0.2)
        await reporter.tick()
        clock.advance(4.8)
        await reporter.tick()
        await reporter.tick()
    found = await heard(joined_pair, "beat-1", 3)
    assert [(one.status, one.envelope.sequence) for one in found] == [
        ("offline", 0),
        ("connecting", 1),
        ("connecting", 2),
    ]
    assert found[1].since == found[2].since
    assert found[2].envelope.captured_at - found[1].envelope.captured_at == timedelta(seconds=5)


async def test_what_could_not_be_stored_is_told_again(fresh_pair: NatsPair, tmp_path: Path) -> None:
    await fresh_pair.provision()
    async with reporting(fresh_pair, tmp_path, "beat-2") as (reporter, camera, clock):
        await reporter.tick()
        fresh_pair.leaf.kill()
        camera.watch.opened(clock.now())
        await reporter.tick()
        fresh_pair.restart_leaf()

        async def told_again() -> bool:
            clock.advance(0.01)
            await reporter.tick()
            clock.advance(0.01)
            return not reporter.untold

        await eventually(told_again)
    found = await heard(fresh_pair, "beat-2", 2)
    assert [one.status for one in found][:2] == ["offline", "connecting"]


async def test_going_away_tells_the_truth_at_once(joined_pair: NatsPair, tmp_path: Path) -> None:
    async with reporting(joined_pair, tmp_path, "beat-3") as (reporter, camera, clock):
        camera.watch.opened(clock.now())
        camera.frame(clock.now())
        await reporter.tick()
        camera.watch.closed(clock.now(), "draining")
        await reporter.tick()
        await reporter.tell_all()
    found = await heard(joined_pair, "beat-3", 2)
    assert [one.status for one in found] == ["live", "offline"]
    assert found[1].detail["reason"] == "draining"
    assert found[1].detail["frames"] == 1
