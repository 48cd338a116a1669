"""A frame's way: measured, judged, searched for faces, cropped, published."""

from __future__ import annotations

import logging

from services.bus.models import FrameMessage
from services.keyframe.errors import ExamineError
from services.keyframe.examiner import Examiner
from services.keyframe.feed import CameraFeed
from services.keyframe.metrics import KeyframeMetrics
from services.keyframe.publisher import CropPublisher
from services.keyframe.selector import Choice, Selection
from services.runtime.clock import Clock, Instant
from services.runtime.logging import get_logger, log_event

_log = get_logger("keyframe")


class FrameHandler:
    """Works on the frames of every camera; each camera's come one at a time."""

    def __init__(self, examiner: Examiner, publisher: CropPublisher, metrics: KeyframeMetrics, clock: Clock) -> None:
        self._examiner = examiner
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock

    async def follow(self, feed: CameraFeed) -> None:
        """Handle a camera's frames for ever. A frame that fails is counted and the next one taken."""
        while True:
            await self.handle(feed, await feed.mailbox.take())

    async def handle(self, feed: CameraFeed, frame: FrameMessage) -> None:
        """Examine one frame and publish its crop, if it gives one."""
        camera = feed.ref.camera
        now = feed.last_frame = self._clock.now()
        spent: list[float] = []
        try:
            await self._examine(feed, frame, now, spent)
        except ExamineError as error:
            self._metrics.failed.labels(camera, error.kind).inc()
            log_event(_log, "frame_failed", logging.WARNING, camera=camera, kind=error.kind)
        feed.examined += 1
        self._metrics.examined.labels(camera).inc()
        self._metrics.seconds.labels(camera).observe(sum(spent))

    async def _examine(self, feed: CameraFeed, frame: FrameMessage, now: Instant, spent: list[float]) -> None:
        measures, seconds = await self._examiner.measure(frame)
        spent.append(seconds)
        before, seen = feed.view.picture_state, feed.view.observe_picture(now, measures)
        if seen == "frozen":  # an old picture is no evidence of now
            return
        if seen == "clear" and before != "clear":
            feed.selector.look_again()
        selection = feed.selector.observe(now.mono, measures.dc)
        if selection.choice is Choice.REDUCED:
            self._metrics.reduced.labels(feed.ref.camera).inc()
        if selection.kept:
            self._metrics.kept.labels(feed.ref.camera, selection.choice.value).inc()
            await self._look(feed, frame, selection, spent)

    async def _look(self, feed: CameraFeed, frame: FrameMessage, selection: Selection, spent: list[float]) -> None:
        try:
            sighting, seconds = await self._examiner.look(frame, feed.crop_format, feed.habit, feed.bed)
        except ExamineError:
            feed.selector.record_outcome(delivered=False)
            raise
        spent.append(seconds)
        feed.view.observe_faces(self._clock.now(), sighting.faces, sighting.doubt)
        delivered = sighting.crop is not None and await self._publisher.publish(
            frame, sighting, sighting.crop, forced=selection.forced
        )
        feed.crops += delivered
        again = sighting.faces > 0 or feed.view.picture_state == "clear"
        feed.selector.record_outcome(delivered=delivered, region=sighting.region, again=again)
