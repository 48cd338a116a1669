"""One camera: its frames, one after the other, through measuring, selection and detection to a crop."""

from __future__ import annotations

import logging

from services.bus.messages import CameraRef, FrameMessage
from services.bus.site import CropFormat
from services.keyframe.errors import ExamineError
from services.keyframe.examiner import Examiner
from services.keyframe.keyframe_metrics import KeyframeMetrics
from services.keyframe.mailbox import Mailbox
from services.keyframe.publisher import Publisher
from services.keyframe.selector import Choice, Selection, SelectionPolicy, Selector
from services.keyframe.view import View, ViewPolicy
from services.runtime.clock import Clock, Instant
from services.runtime.logging import log_event

_log = logging.getLogger("keyframe")


class Watch:
    """A camera's mailbox, selector and view. crops, examined: since the start."""

    def __init__(self, ref: CameraRef, crop_format: CropFormat, selection: SelectionPolicy, view: ViewPolicy) -> None:
        self.ref = ref
        self.crop_format = crop_format
        self.mailbox = Mailbox()
        self.selector = Selector(selection)
        self.view = View(view)
        self.last_frame: Instant | None = None
        self.examined = 0
        self.crops = 0

    def detail(self) -> dict[str, str | int | float]:
        """Numbers that go with the state."""
        return {"faces": self.view.face_count, "examined": self.examined, "crops": self.crops}


class Handler:
    """Works on the frames of every camera; each camera's come one at a time."""

    def __init__(self, examiner: Examiner, publisher: Publisher, metrics: KeyframeMetrics, clock: Clock) -> None:
        self._examiner = examiner
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock

    async def follow(self, watch: Watch) -> None:
        """Handle a camera's frames for ever. A frame that fails is counted and the next one taken."""
        while True:
            await self.handle(watch, await watch.mailbox.take())

    async def handle(self, watch: Watch, frame: FrameMessage) -> None:
        """Examine one frame and publish its crop, if it gives one."""
        camera = watch.ref.camera
        now = watch.last_frame = self._clock.now()
        spent: list[float] = []
        try:
            await self._examine(watch, frame, now, spent)
        except ExamineError as error:
            self._metrics.failed.labels(camera, error.kind).inc()
            log_event(_log, "frame_failed", logging.WARNING, camera=camera, kind=error.kind)
        watch.examined += 1
        self._metrics.examined.labels(camera).inc()
        self._metrics.seconds.labels(camera).observe(sum(spent))

    async def _examine(self, watch: Watch, frame: FrameMessage, now: Instant, spent: list[float]) -> None:
        measures, seconds = await self._examiner.measure(frame)
        spent.append(seconds)
        before, sight = watch.view.sight, watch.view.picture(now, measures)
        if sight == "frozen":  # an old picture is no evidence of now
            return
        if sight == "clear" and before != "clear":
            watch.selector.look_again()
        selection = watch.selector.observe(now.mono, measures.dc)
        if selection.choice is Choice.REDUCED:
            self._metrics.reduced.labels(watch.ref.camera).inc()
        if selection.kept:
            self._metrics.kept.labels(watch.ref.camera, selection.choice.value).inc()
            await self._look(watch, frame, selection, spent)

    async def _look(self, watch: Watch, frame: FrameMessage, selection: Selection, spent: list[float]) -> None:
        try:
            sighting, seconds = await self._examiner.look(frame, watch.crop_format)
        except ExamineError:
            watch.selector.settle(delivered=False)
            raise
        spent.append(seconds)
        watch.view.faces(self._clock.now(), sighting.faces)
        delivered = sighting.crop is not None and await self._publisher.crop(
            frame, sighting, sighting.crop, forced=selection.forced
        )
        watch.crops += delivered
        again = sighting.faces > 0 or watch.view.sight == "clear"
        watch.selector.settle(delivered=delivered, region=sighting.region, again=again)
