"""Crops off the room's work queue, levels onto the bus.

A crop is fetched only once a correlation is ready, so that what is scored is the newest crop that the queue holds. A
level is acknowledged by the stream before its crop is acknowledged to the queue: a crash in between scores the crop
again, and the level's message id, taken from the crop, keeps the stream from holding it twice. A crop whose inference
broke, or that the queue gives out again, is not tried again: an edge that spoils inferences would learn one thing about
one picture after the other from how each of them ends. Where known pictures are set, now and then one takes a crop's
place, by the same way up to its answer, which is compared and goes nowhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.bus.delivery import Delivery
from services.bus.errors import BusError
from services.bus.models import CameraRef, CropMessage, PainMessage
from services.bus.nats_bus import Bus
from services.bus.subjects import DURABLE_SNNI_CLIENT, STREAM_CROPS
from services.runtime.clock import Clock, Instant
from services.runtime.logging import get_logger, log_event
from services.snni_client.clips import Clips
from services.snni_client.edge import Edge
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.probe import KnownPicture, Probe
from services.snni_client.settings import SnniClientSettings
from snni.errors import ParameterError, SnniError
from snni.inference import Result

ACK_WAIT_S = 4.0
ALIVE_S = 1.5
RETRY_S = 0.2

_log = get_logger("snni_client")


def to_planes(crop: CropMessage) -> NDArray[np.uint8]:
    """Rows of interleaved channels -> uint8 [C, H, W]."""
    pixels = np.frombuffer(crop.data, np.uint8).reshape(crop.height, crop.width, crop.channels)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def to_message(
    crop: CropMessage, result: Result, plan: tuple[str, str], mode: str, claimed: datetime, now: datetime
) -> PainMessage:
    """The level with where it came from. Its id is the crop's."""
    captured = crop.envelope.captured_at

    def since(moment: datetime) -> float:
        return max(0.0, (moment - captured).total_seconds())

    return PainMessage(
        envelope=crop.envelope.model_copy(update={"published_at": now}),
        level=min(result.outcome.level, 3),
        model=plan[0],
        plan_hash=plan[1],
        keyframe_at=crop.envelope.published_at,
        snni_online_s=result.online.seconds,
        snni_offline_s=result.offline_s,
        bytes_online=result.online.total_bytes,
        bytes_offline=result.offline_bytes,
        inference=result.number,
        stages={"keyframe": since(crop.envelope.published_at), "claimed": since(claimed), "scored": since(now)},
        mode=mode,
    )


class Scorer:
    """One crop after the other. Counts what it skips and why."""

    def __init__(
        self,
        settings: SnniClientSettings,
        bus: Bus,
        edge: Edge,
        metrics: SnniClientMetrics,
        clock: Clock,
        refs: Mapping[str, CameraRef],
        probe: Probe | None = None,
        clips: Clips | None = None,
    ) -> None:
        """refs: the site's cameras by id; crops of no others are scored."""
        self._settings = settings
        self._refs = refs
        self._bus = bus
        self._edge = edge
        self._metrics = metrics
        self._clock = clock
        self._probe = probe
        self._clips = clips
        self._last: dict[str, tuple[str, int]] = {}
        self._begun: dict[str, tuple[str, int]] = {}
        self.last_scored: dict[str, Instant] = {}
        self.last_skipped: dict[str, Instant] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until stop is set; the crop in hand is finished first."""
        deliveries = self._bus.work(STREAM_CROPS, DURABLE_SNNI_CLIENT, ack_wait_s=ACK_WAIT_S)
        while not stop.is_set():
            await self._edge.wait_ready()
            if not await self._next(deliveries):
                return

    async def _next(self, deliveries: AsyncIterator[Delivery]) -> bool:
        """One crop, which nothing holds on to afterwards; False when there will be none."""
        delivery = await anext(deliveries, None)
        if delivery is None:
            return False
        self._idle.clear()
        try:
            await self.handled(delivery)
        finally:
            self._idle.set()
        return True

    async def handled(self, delivery: Delivery) -> None:
        """Score one crop, or skip it; where the queue is not told of it, it gives the crop out again."""
        try:
            await self._handle(delivery)
        except BusError as error:
            log_event(_log, "bus_trouble", logging.WARNING, reason=str(error))

    async def wait_idle(self) -> None:
        """Until no crop is in hand."""
        await self._idle.wait()

    async def _handle(self, delivery: Delivery) -> None:
        crop = delivery.message
        if not isinstance(crop, CropMessage):
            log_event(
                _log,
                "crop_rejected",
                logging.WARNING,
                subject=delivery.subject,
                kind=type(delivery.error).__name__,
            )
            await delivery.term("not a crop message")
            return
        camera = crop.envelope.camera.camera
        if self._refs.get(camera) != crop.envelope.camera:
            self._metrics.unknown.inc()
            await delivery.term("no camera of the site")
            return
        self._count_gap(crop)
        age_s = (self._clock.now().wall - crop.envelope.captured_at).total_seconds()
        if abs(age_s) > self._settings.crop_max_age_s:  # of the future: the clock was set back, who knows how far
            await self._skip(delivery, camera, "too_old")
            return
        if self._begun.get(camera) == (crop.envelope.producer, crop.envelope.sequence):
            await self._skip(delivery, camera, "begun")
            return
        claimed = self._clock.now().wall
        try:
            if crop.format != self._edge.crop_format:
                await self._skip(delivery, camera, "other_format")
                return
            known = self._probe.drawn() if self._probe else None
            pixels = to_planes(crop)
            if self._clips is not None:
                self._clips.keep(crop, pixels)
            result = await self._score(pixels if known is None else known.pixels, delivery)
            self._begun[camera] = crop.envelope.producer, crop.envelope.sequence
        except ParameterError:
            await self._skip(delivery, camera, "rejected")
            return
        except SnniError as error:
            log_event(_log, "inference_lost", logging.WARNING, kind=type(error).__name__, camera=camera)
            if error.image_used:
                self._begun[camera] = crop.envelope.producer, crop.envelope.sequence
                await self._skip(delivery, camera, "begun")
            else:
                await delivery.nak(RETRY_S)
            return
        if self._probe and known:
            await self._compare(self._probe, known, result, crop, delivery)
            return
        mode, now = self._settings.told_mode, self._clock.now().wall
        await self._publish(to_message(crop, result, self._edge.plan, mode, claimed, now))
        await delivery.ack()
        self._account(crop, result)

    async def _compare(
        self, probe: Probe, known: KnownPicture, result: Result, crop: CropMessage, delivery: Delivery
    ) -> None:
        """The answer to a known picture, in whose favour the crop is not scored."""
        if not probe.answered(known, result.outcome.level):
            self._edge.believe_no_more()
        self._metrics.skipped.labels(crop.envelope.camera.camera, "known_picture").inc()
        self._measure(result)
        await delivery.term("known_picture")

    async def _score(self, pixels: NDArray[np.uint8], delivery: Delivery) -> Result:
        """One inference; tells the queue that the crop is in work, so that only a dead process's crop comes again."""
        scoring = asyncio.ensure_future(self._edge.score(pixels))
        while not (await asyncio.wait([scoring], timeout=ALIVE_S))[0]:
            with suppress(BusError):  # the queue is away: then it forgets the delivery anyway
                await delivery.in_progress()
        return scoring.result()

    async def _publish(self, message: PainMessage) -> None:
        """Until the stream has it: a level that came out is never dropped while this process lives."""
        while True:
            try:
                await self._bus.publish_durable(message)
                return
            except BusError as error:
                log_event(_log, "level_waits", logging.WARNING, reason=str(error))
                await asyncio.sleep(RETRY_S)

    async def _skip(self, delivery: Delivery, camera: str, reason: str) -> None:
        self._metrics.skipped.labels(camera, reason).inc()
        self.last_skipped[camera] = self._clock.now()
        log_event(_log, "crop_skipped", camera=camera, reason=reason)
        await delivery.term(reason)

    def _count_gap(self, crop: CropMessage) -> None:
        """Crops that the queue evicted for newer ones show as a gap in the camera's sequence."""
        camera, producer, sequence = crop.envelope.camera.camera, crop.envelope.producer, crop.envelope.sequence
        known, last = self._last.get(camera, (producer, sequence - 1))
        gap = sequence - last - 1 if known == producer else 0
        if gap > 0:
            self._metrics.skipped.labels(camera, "evicted").inc(gap)
            self.last_skipped[camera] = self._clock.now()
        self._last[camera] = (producer, max(sequence, last) if known == producer else sequence)

    def _account(self, crop: CropMessage, result: Result) -> None:
        camera, sequence = crop.envelope.camera.camera, crop.envelope.sequence
        self._measure(result)
        self._metrics.inferences.labels(camera).inc()
        self.last_scored[camera] = self._clock.now()
        online_s = round(result.online.seconds, 3)
        log_event(_log, "scored", camera=camera, sequence=sequence, number=result.number, online_s=online_s)

    def _measure(self, result: Result) -> None:
        self._metrics.online.observe(result.online.seconds)
        self._metrics.offline.observe(result.offline_s)
        self._metrics.bytes.labels("online").inc(result.online.total_bytes)
        self._metrics.bytes.labels("offline").inc(result.offline_bytes)
