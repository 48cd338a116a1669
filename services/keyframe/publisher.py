"""Crops and states to the bus, numbered per camera and kind. Publishes crops.v1 and state.v1."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from datetime import datetime

from services.bus.errors import BusError
from services.bus.messages import CameraRef, CropMessage, Envelope, FrameMessage, StateMessage
from services.bus.nats_bus import Bus
from services.keyframe.examiner import Crop, Sighting
from services.keyframe.keyframe_metrics import KeyframeMetrics
from services.keyframe.view import ViewState
from services.runtime.clock import Clock
from services.runtime.logging import log_event

CROP_TIMEOUT_S = 2.0
STATE_TIMEOUT_S = 3.0

_log = logging.getLogger("keyframe")


class Publisher:
    """The producer of one process's life: its epoch is new with every start."""

    def __init__(self, bus: Bus, metrics: KeyframeMetrics, clock: Clock) -> None:
        self._bus = bus
        self._metrics = metrics
        self._clock = clock
        self._epoch = uuid.uuid4().hex
        self._crops: Counter[str] = Counter()
        self._states: Counter[str] = Counter()

    async def crop(self, frame: FrameMessage, sighting: Sighting, crop: Crop, *, forced: bool) -> bool:
        """Publish a crop and wait until it is stored; False when it could not be: the next frame is newer."""
        source = frame.envelope
        message = CropMessage(
            envelope=self._envelope(source.camera, self._crops, source.captured_at, source.traceparent),
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
            await self._bus.publish_durable(message, timeout_s=CROP_TIMEOUT_S)
        except BusError as error:
            self._metrics.crops_lost.labels(camera).inc()
            log_event(_log, "crop_lost", logging.WARNING, camera=camera, kind=type(error).__name__)
            return False
        self._metrics.crops.labels(camera).inc()
        return True

    async def state(self, ref: CameraRef, state: ViewState, detail: dict[str, str | int | float]) -> bool:
        """Publish a view state and wait until it is stored; False when it could not be, to be tried again."""
        message = StateMessage(
            envelope=self._envelope(ref, self._states, self._clock.now().wall, None),
            component="keyframe",
            status=state.status,
            since=state.since.wall,
            detail=detail,
        )
        try:
            await self._bus.publish_durable(message, timeout_s=STATE_TIMEOUT_S)
        except BusError as error:
            self._metrics.state_failures.inc()
            log_event(_log, "state_lost", logging.WARNING, camera=ref.camera, kind=type(error).__name__)
            return False
        return True

    def _envelope(
        self, ref: CameraRef, numbers: Counter[str], captured_at: datetime, traceparent: str | None
    ) -> Envelope:
        sequence = numbers[ref.camera]
        numbers[ref.camera] += 1
        return Envelope(
            camera=ref,
            sequence=sequence,
            producer=self._epoch,
            captured_at=captured_at,
            published_at=self._clock.now().wall,
            traceparent=traceparent,
        )
