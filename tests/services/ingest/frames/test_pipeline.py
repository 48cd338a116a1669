"""The pipeline fed by a source that is none of those there are: frames as a list, the clock moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import av
import numpy as np
import pytest

from localsite.site_file import write_site
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import cameras_of
from services.ingest.frames.decoded import DecodedFrame
from services.ingest.frames.outbox import Outbox
from services.ingest.frames.pipeline import FramePipeline, PipelineOptions
from services.ingest.metrics import IngestMetrics
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.moments import ManualClock, at

CAMERA = "cam-1"
Times = Iterable[tuple[float | None, float, float, float]]
OPTIONS = PipelineOptions(sample_period_s=1.0, max_lag_s=5.0)


class Fed:
    """A pipeline of one camera. Each frame is (media time, received, complete, decoded), seconds after the start."""

    def __init__(self, directory: Path) -> None:
        write_site(directory / "site.yaml", (CAMERA,))
        self.clock, self.outbox, self.registry = ManualClock(), Outbox(), Metrics()
        self.cameras = cameras_of(load_site(directory / "site.yaml"), StatePolicy(), self.clock.now())
        metrics = IngestMetrics(self.registry, self.cameras)
        self.pipeline = FramePipeline(self.cameras, self.outbox, OPTIONS, metrics, self.clock)

    async def run(self, times: Times, size: tuple[int, int] = (64, 48)) -> bool:
        """Whether the frames ended, rather than fell behind."""
        return await self.pipeline.run(CAMERA, self._frames(times, *size))

    async def _frames(self, times: Times, width: int, height: int) -> AsyncIterator[DecodedFrame]:
        for media_s, received, complete, decoded in times:
            self.clock.seconds = decoded
            picture = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="rgb24")
            yield DecodedFrame(picture, media_s, at(received).mono, at(complete).mono)


@pytest.fixture
def fed(tmp_path: Path) -> Fed:
    return Fed(tmp_path)


async def test_frames_are_counted_sampled_and_stamped_with_their_capture(fed: Fed) -> None:
    assert await fed.run((number / 15, number / 15, number / 15 + 0.05, number / 15 + 0.25) for number in range(16))
    assert (await fed.outbox.take()).captured == at(1.0)
    assert fed.cameras[CAMERA].frames == 16
    assert b'samples_skipped_total{camera="cam-1",why="replaced"} 1.0' in fed.registry.render()


@pytest.mark.parametrize(("waited", "ended"), [(4.9, True), (5.1, False)])
async def test_only_what_a_frame_waited_for_its_decoder_is_a_backlog(fed: Fed, waited: float, ended: bool) -> None:
    assert await fed.run([(0.0, 0.0, 0.0, 0.0), (0.1, 0.1, 0.1, 0.1 + waited)]) is ended


async def test_a_frame_that_came_late_is_none(fed: Fed) -> None:
    """Held up on the way for 20 s, or given out when the next one came after a pause."""
    late = [
        (number / 15, max(number / 15, 22.0), max(number / 15, 22.0), max(number / 15, 22.0)) for number in range(400)
    ]
    assert await fed.run([(0.0, 0.0, 0.0, 0.0), (0.1, 0.1, 20.0, 20.0), *late])


@pytest.mark.parametrize(("stamped", "given"), [(25, 15), (30, 15), (30, 29.97), (0.001, 15)])
async def test_an_hour_of_stamps_of_another_rate_is_none(fed: Fed, stamped: float, given: float) -> None:
    times = ((number / stamped, number / given, number / given, number / given) for number in range(3600))
    assert await fed.run(times)
    sampled = await fed.outbox.take()
    assert abs((fed.clock.now().wall - sampled.captured.wall).total_seconds()) < 1.01  # sampled once a second


async def test_without_media_times_frames_are_as_old_as_their_wait(fed: Fed) -> None:
    assert await fed.run([(None, 0.0, 0.0, 0.3)])
    assert (await fed.outbox.take()).captured == at(0.0)


async def test_a_camera_of_whose_pictures_nothing_can_be_made_is_not_told_as_live(fed: Fed) -> None:
    """They are decoded, and nobody could look at them: too narrow for a frame."""
    seconds = [(float(number), float(number), float(number), float(number)) for number in range(8)]
    camera = fed.cameras[CAMERA]
    camera.tracker.opened(fed.clock.now())
    assert await fed.run(seconds[:4], (64, 8))
    told = camera.condition(fed.clock.now())
    assert (told.status, told.since, told.detail["reason"]) == ("stalled", at(0.0), "unusable")
    assert await fed.run(seconds[4:])
    assert camera.condition(fed.clock.now()).status == "live"
