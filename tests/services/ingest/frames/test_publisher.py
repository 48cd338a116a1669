"""What waits for the bus is looked at once more before it goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.site_file import write_site
from services.bus.nats_bus import Bus
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import cameras_of
from services.ingest.frames.outbox import Outbox, SampledFrame
from services.ingest.frames.picture import Picture
from services.ingest.frames.publisher import FramePublisher
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import SystemClock
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.ingest.bus_frames import arrived, listening
from tests.services.ingest.consent.room import Room
from tests.services.ingest.process import SITE
from tests.services.moments import ManualClock, at
from tests.support.still import standing_still
from tests.support.waiting import PATIENCE_S, eventually


@pytest.mark.parametrize(("paused", "why"), [(True, "consent"), (False, "bus")])
async def test_a_frame_of_before_a_pause_is_not_published_in_it(tmp_path: Path, paused: bool, why: str) -> None:
    """Sampled while the camera was open; the bus, which is away, would have it as it would have any other."""
    write_site(tmp_path / "site.yaml", ("cam-1",))
    cameras = cameras_of(load_site(tmp_path / "site.yaml"), StatePolicy(), ManualClock().now())
    registry, room = Metrics(), Room(tmp_path / "consent")
    await room.say()
    cameras["cam-1"].gate = room.gate
    assert cameras["cam-1"].may()
    outbox = Outbox()
    outbox.put(SampledFrame("cam-1", Picture(16, 16, bytes(384)), at(0)))
    if paused:
        await room.gate.pause("cam-1", 60.0, "")
    publisher = FramePublisher(Bus("ingest", Metrics()), cameras, IngestMetrics(registry, cameras), ManualClock())
    running = asyncio.create_task(publisher.run(outbox))
    told = f'samples_skipped_total{{camera="cam-1",why="{why}"}} 1.0'.encode()

    async def counted() -> bool:
        return told in registry.render()

    await eventually(counted)
    running.cancel()


async def test_frames_that_a_server_stood_still_for_are_not_published_in_a_pause(
    tmp_path: Path, joined_pair: NatsPair
) -> None:
    """Nothing but what was on its way as the server stopped: the system's buffers would hold many more."""
    write_site(tmp_path / "site.yaml", ("cam-1",), SITE)
    cameras = cameras_of(load_site(tmp_path / "site.yaml"), StatePolicy(), ManualClock().now())
    registry, room, outbox = Metrics(), Room(tmp_path / "consent"), Outbox()
    await room.say()
    cameras["cam-1"].gate = room.gate

    def sample(shade: int) -> None:
        outbox.put(SampledFrame("cam-1", Picture(16, 16, bytes([shade] * 384)), SystemClock().now()))

    async def left() -> bool:
        return not outbox.waiting

    async with listening(joined_pair, "cam-1") as got, joined_pair.bus("ingest") as bus:
        publisher = FramePublisher(bus, cameras, IngestMetrics(registry, cameras), SystemClock())
        running = asyncio.create_task(publisher.run(outbox))
        sample(1)
        await arrived(got, 1)
        async with standing_still(joined_pair.leaf.process.pid):
            sample(2)
            await eventually(left)
            for shade in (3, 4, 5):
                sample(shade)
                for _ in range(100):  # turns of the loop: whoever would take it has
                    await asyncio.sleep(0)
            await room.gate.pause("cam-1", 60.0, "")

        async def held_back() -> bool:
            return b'samples_skipped_total{camera="cam-1",why="consent"} 1.0' in registry.render()

        await eventually(held_back)
        await bus.taken()
        await arrived(got, 2)
        assert [message.data[0] for message in got] == [1, 2]
        running.cancel()


async def test_publishing_ends_that_is_cancelled_while_the_bus_is_written_to(
    tmp_path: Path, joined_pair: NatsPair
) -> None:
    """The NATS client keeps that cancellation to itself; a second would end anything."""
    write_site(tmp_path / "site.yaml", ("cam-1",), SITE)
    cameras = cameras_of(load_site(tmp_path / "site.yaml"), StatePolicy(), ManualClock().now())
    room, outbox = Room(tmp_path / "consent"), Outbox()
    await room.say()
    cameras["cam-1"].gate = room.gate
    outbox.put(SampledFrame("cam-1", Picture(16, 16, bytes(384)), SystemClock().now()))
    async with joined_pair.bus("ingest") as bus:
        publisher = FramePublisher(bus, cameras, IngestMetrics(Metrics(), cameras), SystemClock())
        running = asyncio.create_task(publisher.run(outbox))
        await asyncio.sleep(0)  # as far as it comes by itself: what it published is being written
        assert not outbox.waiting
        running.cancel()
        await asyncio.wait({running}, timeout=PATIENCE_S)
        ended = running.done()
        running.cancel()
        assert ended
