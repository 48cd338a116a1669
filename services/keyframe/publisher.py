"""Crops to the bus. Publishes crops.v1."""

from __future__ import annotations

import logging

from services.bus import subjects
from services.bus.errors import BusError
from services.bus.models import CropMessage, FrameMessage
from services.bus.nats_bus import Bus
from services.bus.producer import Producer
from services.keyframe.examiner import Crop, Sighting
from services.keyframe.metrics import KeyframeMetrics
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

TIMEOUT_S = 2.0

_log = get_logger("keyframe")


class CropPublisher:
    """Numbers the crops of every camera and publishes them."""

    def __init__(self, bus: Bus, metrics: KeyframeMetrics, clock: Clock) -> None:
        self._bus = bus
        self._metrics = metrics
        self._producer = Producer(clock)

    async def publish(self, frame: FrameMessage, sighting: Sighting, crop: Crop, *, forced: bool) -> bool:
        """Publish a crop and wait until it is stored; False when it could not be: the next frame is newer."""
        source = frame.envelope
        message = CropMessage(
            envelope=self._producer.envelope(subjects.CROPS, source.camera, source.captured_at, source.traceparent),
            format=crop.format,
            width=crop.width,
            height=crop.height,
            channels=crop.channels,
            data=crop.data,
            forced=forced,
            faces_seen=min(sighting.faces, 1000),
            detector_confidence=sighting.confidence,
        )
        camera = source.camera.camera
        try:
            await self._bus.publish_durable(message, timeout_s=TIMEOUT_S)
        except BusError as error:
            self._metrics.crops_lost.labels(camera).inc()
            log_event(_log, "crop_lost", logging.WARNING, camera=camera, kind=type(error).__name__)
            return False
        self._metrics.crops.labels(camera).inc()
        return True
