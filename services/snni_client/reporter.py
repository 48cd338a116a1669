"""The scoring state of every camera, on change and as a heartbeat."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from services.bus.errors import BusError
from services.bus.models import CameraRef, Envelope, StateMessage
from services.bus.nats_bus import Bus
from services.bus.site import Site
from services.snni_client.edge import Edge
from services.snni_client.scorer import Scorer

LOOK_S = 0.5
SKIPPING_S = 30.0


class Reporter:
    """Publishes StateMessage, component "snni_client"."""

    def __init__(
        self,
        site: Site,
        bus: Bus,
        edge: Edge,
        scorer: Scorer,
        heartbeat_s: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._cameras = {camera: site.camera(camera) for camera in site.camera_ids}
        self._bus = bus
        self._edge = edge
        self._scorer = scorer
        self._heartbeat_s = heartbeat_s
        self._clock = clock
        self._producer = uuid.uuid4().hex
        self._sequence = dict.fromkeys(self._cameras, 0)
        self._shown: dict[str, tuple[str, datetime]] = {}
        self._sent: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for camera, ref in self._cameras.items():
                await self._look(camera, ref)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)

    def status(self, camera: str, now: datetime) -> str:
        """The edge's status, or "skipping" while crops are lost and none was scored lately."""
        status = self._edge.status
        skipped, scored = self._scorer.last_skipped.get(camera), self._scorer.last_scored.get(camera)
        recent = skipped is not None and (now - skipped).total_seconds() < SKIPPING_S
        if status in ("scoring", "filling") and recent and (scored is None or scored < (skipped or now)):
            return "skipping"
        return status

    async def _look(self, camera: str, ref: CameraRef) -> None:
        now = self._clock()
        status = self.status(camera, now)
        shown, since = self._shown.get(camera, ("", now))
        if shown != status:
            since = now
        elif abs((now - self._sent[camera]).total_seconds()) < self._heartbeat_s:
            return
        self._shown[camera] = (status, since)
        self._sent[camera] = now
        envelope = Envelope(
            camera=ref, sequence=self._sequence[camera], producer=self._producer, captured_at=now, published_at=now
        )
        self._sequence[camera] += 1
        state = StateMessage(envelope=envelope, component="snni_client", status=status, since=since)
        with suppress(BusError):  # the next heartbeat tells; the bus counts its own failures
            await self._bus.publish_durable(state)
