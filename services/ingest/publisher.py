"""Frames and states to the bus, numbered per camera and kind. Publishes frames.v1 and state.v1."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections import Counter
from datetime import datetime

from services.bus.errors import BusError
from services.bus.messages import CameraRef, Envelope, FrameMessage, StateMessage
from services.bus.nats_bus import Bus
from services.ingest.cameras import Camera
from services.ingest.ingest_metrics import IngestMetrics
from services.ingest.outbox import Outbox
from services.runtime.clock import Clock
from services.runtime.logging import log_event

STATE_TIMEOUT_S = 3.0

_log = logging.getLogger("ingest")


def new_traceparent() -> str:
    """A sampled trace of its own (W3C Trace Context, version 00)."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


class Publisher:
    """The producer of one process's life: its epoch is new with every start."""

    def __init__(self, bus: Bus, cameras: dict[str, Camera], metrics: IngestMetrics, clock: Clock) -> None:
        self._bus = bus
        self._cameras = cameras
        self._metrics = metrics
        self._clock = clock
        self._epoch = uuid.uuid4().hex
        self._frames: Counter[str] = Counter()
        self._states: Counter[str] = Counter()

    async def publish_frames(self, outbox: Outbox) -> None:
        """Publish what the outbox holds, for ever. A frame that cannot go now is lost rather than late."""
        while True:
            sample = await outbox.take()
            camera = self._cameras[sample.camera]
            envelope = self._envelope(camera.ref, self._frames, sample.captured.wall, new_traceparent())
            picture = sample.picture
            message = FrameMessage(envelope=envelope, width=picture.width, height=picture.height, data=picture.data)
            try:
                await self._bus.publish(message)
            except BusError as error:
                self._metrics.skipped.labels(sample.camera, "bus").inc()
                log_event(_log, "frame_lost", logging.WARNING, camera=sample.camera, kind=type(error).__name__)
            else:
                camera.samples += 1
                self._metrics.samples.labels(sample.camera).inc()

    async def publish_state(self, camera: Camera) -> bool:
        """Publish a camera's state and wait until it is stored; False when it could not be, to be tried again."""
        state = camera.watch.state
        message = StateMessage(
            envelope=self._envelope(camera.ref, self._states, self._clock.now().wall, None),
            component="ingest",
            status=state.status,
            since=state.since.wall,
            detail=camera.detail(),
        )
        try:
            await self._bus.publish_durable(message, timeout_s=STATE_TIMEOUT_S)
        except BusError as error:
            self._metrics.state_failures.inc()
            log_event(_log, "state_lost", logging.WARNING, camera=camera.ref.camera, kind=type(error).__name__)
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
