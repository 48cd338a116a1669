"""Sampled frames to the bus. Publishes frames.v1."""

from __future__ import annotations

import logging

from services.bus import subjects
from services.bus.errors import BusError
from services.bus.models import FrameMessage
from services.bus.nats_bus import Bus
from services.bus.producer import Producer, new_traceparent
from services.ingest.cameras import Camera
from services.ingest.frames.outbox import Outbox, SampledFrame
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import Clock
from services.runtime.lifecycle import heed
from services.runtime.logging import get_logger, log_event

_log = get_logger("ingest")


class FramePublisher:
    """Numbers the frames of every camera and publishes them."""

    def __init__(self, bus: Bus, cameras: dict[str, Camera], metrics: IngestMetrics, clock: Clock) -> None:
        self._bus = bus
        self._cameras = cameras
        self._metrics = metrics
        self._producer = Producer(clock)

    async def run(self, outbox: Outbox) -> None:
        """Publish what the outbox holds, for ever. A frame that cannot go now is lost rather than late.

        At most one is on its way: one that waits in the outbox can still be held back, one that was sent cannot.
        """
        while True:
            heed()
            if await self._published(await outbox.take()):
                await self._bus.taken()

    async def _published(self, sampled: SampledFrame) -> bool:
        camera, picture = self._cameras[sampled.camera], sampled.picture
        closed = "shutter" if camera.shutter.closed() else "" if camera.may() else "consent"
        if closed:  # since it was sampled
            self._metrics.skipped.labels(sampled.camera, closed).inc()
            return False
        message = FrameMessage(
            envelope=self._producer.envelope(subjects.FRAMES, camera.ref, sampled.captured.wall, new_traceparent()),
            width=picture.width,
            height=picture.height,
            data=picture.data,
        )
        try:
            await self._bus.publish(message)
        except BusError as error:
            self._metrics.skipped.labels(sampled.camera, "bus").inc()
            log_event(_log, "frame_lost", logging.WARNING, camera=sampled.camera, kind=type(error).__name__)
            return False
        camera.samples += 1
        self._metrics.samples.labels(sampled.camera).inc()
        return True
