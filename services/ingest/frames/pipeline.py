"""A camera's decoded frames, from whatever source, into the outbox: counted, sampled, stamped, converted, masked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from services.ingest.cameras import Camera
from services.ingest.errors import FrameError, MaskUnfit
from services.ingest.frames.capture_clock import CaptureClock
from services.ingest.frames.decoded import DecodedFrame
from services.ingest.frames.outbox import Outbox, SampledFrame
from services.ingest.frames.picture import Picture, to_picture
from services.ingest.frames.sampling import Sampler
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import Clock, Instant

LONGEST_PERIOD_S = 1.0
"""Between two decoded pictures: a camera is live while they come, however seldom one is published."""


@dataclass(frozen=True)
class PipelineOptions:
    """Seconds: the sampling period, and how far decoding may fall behind before a source should end."""

    sample_period_s: float = 1.0
    max_lag_s: float = 5.0


class FramePipeline:
    """Takes the frames of every camera; at most one source a camera at a time."""

    def __init__(
        self,
        cameras: dict[str, Camera],
        outbox: Outbox,
        options: PipelineOptions,
        metrics: IngestMetrics,
        clock: Clock,
        show: Callable[[str, Picture], None] | None = None,
    ) -> None:
        """show: is given every picture that goes to the outbox, as it is."""
        self._show = show
        self._cameras = cameras
        self._outbox = outbox
        self._options = options
        self._metrics = metrics
        self._clock = clock

    @property
    def period_s(self) -> float:
        """How often a source should hand over a picture at least; more often does no harm."""
        return min(LONGEST_PERIOD_S, self._options.sample_period_s)

    async def run(self, camera: str, frames: AsyncIterator[DecodedFrame]) -> bool:
        """Take a camera's frames, in their order, until they end, or decoding falls behind.

        Returns whether they ended: False when a frame waited for its decoder longer than max_lag_s, so that the source
        should end, which bounds the memory of its queues. What a sender's timestamps say has no part in it.
        """
        sampler, capture = Sampler(self._options.sample_period_s), CaptureClock()
        async for frame in frames:
            if not self._take(camera, frame, sampler, capture):
                return False
            del frame  # not to be held while the next one is awaited, which of a paused camera may be hours away
        return True

    def _take(self, camera: str, frame: DecodedFrame, sampler: Sampler, capture: CaptureClock) -> bool:
        """Whether decoding keeps up."""
        if not self._cameras[camera].may():  # decoded in the moment in which the camera was closed
            self._metrics.skipped.labels(camera, "consent").inc()
            return True
        now = self._clock.now()
        self._count(camera, now, 1 + len(frame.passed))
        for media_s, received in frame.passed:
            capture.age(media_s, received)
        age = capture.age(frame.media_s, frame.received, now.mono)
        if now.mono - frame.complete > self._options.max_lag_s:
            return False
        if sampler.take(now.mono):
            self._metrics.lag.observe(age)
            self._leave(camera, frame, now.before(age))
        return True

    def _count(self, camera: str, now: Instant, pictures: int) -> None:
        ours = self._cameras[camera]
        ours.frame(now, pictures)
        self._metrics.frames.labels(camera).inc(pictures)
        if not ours.ref.is_test:  # nobody misses a test room's pictures between two shows
            self._metrics.last_frame.labels(camera).set(now.wall.timestamp())

    def _leave(self, camera: str, frame: DecodedFrame, captured: Instant) -> None:
        ours = self._cameras[camera]
        if ours.shutter.closed():
            self._metrics.skipped.labels(camera, "shutter").inc()
            return
        try:
            picture = to_picture(frame.picture, ours.mask)
        except MaskUnfit:
            ours.mask_unfit(self._clock.now())
            self._metrics.skipped.labels(camera, "mask").inc()
            return
        except FrameError:
            ours.picture_unusable(self._clock.now())
            self._metrics.skipped.labels(camera, "picture").inc()
            return
        ours.picture_fits()
        if self._show is not None:
            self._show(camera, picture)
        if self._outbox.put(SampledFrame(camera, picture, captured)):
            self._metrics.skipped.labels(camera, "replaced").inc()
