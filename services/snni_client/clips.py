"""Incident clips: the last seconds of a camera's crops, classified as a video, at fixed times; labels onto the bus.

When a clip is made depends on time and on whether crops come, never on a level: parties that saw clips only where there
is pain would learn of pain by their times alone. So the room need not know of the ward's alerts, and nothing tells it;
the ward shows the label of a clip beside the alert whose time it is of. Clips are further apart than they are long, so
that no crop is in two, and one that broke is not tried again. At most one is under way; what falls due meanwhile waits,
once a camera.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.bus.errors import BusError
from services.bus.models import CameraRef, ClipMessage, CropMessage
from services.bus.nats_bus import Bus
from services.bus.producer import Producer
from services.bus.subjects import CLIP
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event
from services.snni_client.clip_parties import ClipLabel, ClipParties, ClipShape
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.recent_crops import KeptCrop, RecentCrops, as_video
from services.snni_client.settings import SnniClientSettings
from snni.errors import SnniError, WireError

FORGET_S = 0.5

_log = get_logger("snni_client")


class Clips:
    """``keep`` from the scorer with every crop; ``run`` and ``forget`` as loops of the service."""

    def __init__(
        self,
        settings: SnniClientSettings,
        every_s: float,
        bus: Bus,
        parties: ClipParties[Any],
        metrics: SnniClientMetrics,
        clock: Clock,
    ) -> None:
        self._settings, self._every_s = settings, every_s
        self._bus, self._parties = bus, parties
        self._metrics, self._clock = metrics, clock
        self._producer = Producer(clock)
        self._recent = RecentCrops(settings.clip_s)
        self._began: dict[str, float] = {}
        self._due: asyncio.Queue[CameraRef] = asyncio.Queue()
        self._waiting: set[str] = set()
        self._faults = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="snni-clips")

    def keep(self, crop: CropMessage, pixels: NDArray[np.uint8]) -> None:
        """Remember a crop, uint8 [C, H, W]; the camera's clip falls due when its time has come."""
        camera, mono = crop.envelope.camera.camera, self._clock.now().mono
        self._recent.keep(camera, crop.envelope.captured_at, pixels, mono)
        if camera not in self._waiting and mono >= self._began.setdefault(camera, mono) + self._every_s:
            self._waiting.add(camera)
            self._due.put_nowait(crop.envelope.camera)

    async def forget(self) -> None:
        """Wipe what is too old."""
        self._recent.forget(self._clock.now().mono)

    async def run(self) -> None:
        """Classify what falls due, until cancelled."""
        while self._faults < self._settings.max_protocol_errors:
            ref = await self._due.get()
            try:
                await self._classify(ref)
            finally:
                self._waiting.discard(ref.camera)
        log_event(_log, "clips_end", logging.WARNING, reason="the other parties left the protocol too often")

    def close(self) -> None:
        """Wipe everything, end the session."""
        self._recent.clear()
        self._parties.close()
        self._thread.shutdown(wait=False)

    async def _classify(self, ref: CameraRef) -> None:
        loop = asyncio.get_running_loop()
        self._began[ref.camera] = self._clock.now().mono
        try:
            shape = await loop.run_in_executor(self._thread, self._parties.prepared)
            now = self._began[ref.camera] = self._clock.now().mono  # from here, so that the next clip has other crops
            kept = self._recent.of(ref.camera, now)
            if not kept:
                self._metrics.clips.labels("empty").inc()
                return
            video = as_video(kept, shape.frames, self._settings.clip_s, now)
            try:
                label = await loop.run_in_executor(self._thread, self._parties.label, video)
            finally:
                video.fill(0)
        except SnniError as error:
            self._lost(ref, error)
            return
        await self._publish(self._message(ref, kept, shape, label))
        self._metrics.clips.labels("classified").inc()
        self._metrics.clip_seconds.observe(label.seconds)
        log_event(_log, "clip_classified", camera=ref.camera, number=label.number, online_s=round(label.seconds, 3))

    def _lost(self, ref: CameraRef, error: SnniError) -> None:
        self._faults += isinstance(error, WireError)
        self._parties.end()
        self._metrics.clips.labels("lost").inc()
        self._metrics.error(error)
        log_event(_log, "clip_lost", logging.WARNING, kind=type(error).__name__, reason=str(error), camera=ref.camera)

    def _message(self, ref: CameraRef, kept: list[KeptCrop], shape: ClipShape, label: ClipLabel) -> ClipMessage:
        newest = max(one.captured_at for one in kept)
        return ClipMessage(
            envelope=self._producer.envelope(CLIP, ref, newest),
            level=label.level,
            began_at=min(one.captured_at for one in kept),
            crops=len(kept),
            frames=shape.frames,
            selected=shape.selected,
            model=label.model,
            plan_hash=label.plan_hash,
            mode=self._settings.told_mode,
            online_s=label.seconds,
            bytes_online=label.bytes,
        )

    async def _publish(self, message: ClipMessage) -> None:
        """Once: a label is of its moment, and another one comes."""
        try:
            await self._bus.publish_durable(message)
        except BusError as error:
            log_event(_log, "clip_not_told", logging.WARNING, reason=str(error))
