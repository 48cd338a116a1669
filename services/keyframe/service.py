"""The running service: frames in, crops and view states out, until told to stop; then it drains."""

from __future__ import annotations

import contextlib
from functools import partial

from services.bus.models import CameraRef, FrameMessage
from services.bus.nats_bus import Bus
from services.bus.states import LOOK_S, StateReporter
from services.bus.subjects import FRAMES_ALL
from services.bus.subscription import Subscription
from services.keyframe.examiner import Examiner
from services.keyframe.feed import CameraFeed
from services.keyframe.handler import FrameHandler
from services.keyframe.metrics import KeyframeMetrics
from services.keyframe.publisher import CropPublisher
from services.keyframe.settings import KeyframeSettings
from services.runtime.health import Health
from services.runtime.lifecycle import every, live
from services.runtime.process import Process
from services.site.records import Camera, Site


async def run(settings: KeyframeSettings, site: Site, bus: Bus, process: Process) -> None:
    """Serve until the process is to stop, then drain.

    Raises BusRefused (in an exception group) when this identity may not hear frames, and what `live` raises.
    """
    clock = process.clock
    feeds = {camera: _feed(settings, site.camera(camera), site.entry(camera)) for camera in site.camera_ids}
    metrics = KeyframeMetrics(process.metrics, feeds)
    examiner = Examiner(clock, min_face_px=settings.min_face_px, min_confidence=settings.min_confidence)
    handler = FrameHandler(examiner, CropPublisher(bus, metrics, clock), metrics, clock)
    refs = {camera: feed.ref for camera, feed in feeds.items()}
    reporter = StateReporter(
        "keyframe",
        refs,
        lambda camera: feeds[camera].condition(clock.now(), 2 * settings.heartbeat_s),
        bus,
        metrics.states,
        clock,
        settings.heartbeat_s,
    )
    health = Health()
    health.add_check("bus", lambda: bus.connected)
    health.add_vital("examiner", lambda: examiner.alive)
    with contextlib.closing(examiner):
        frames = await bus.subscribe(FRAMES_ALL, pending=4 * len(feeds))
        loops = [
            partial(_sort, frames, feeds, metrics),
            partial(every, LOOK_S, reporter.tick),
            *(partial(handler.follow, feed) for feed in feeds.values()),
        ]
        await live(process, settings, health, loops=loops, drain=reporter.tick)


def _feed(settings: KeyframeSettings, ref: CameraRef, entry: Camera) -> CameraFeed:
    bed = None if entry.sight is None else entry.sight.bed
    return CameraFeed(ref, entry.crop, settings.selection, settings.view, bed)


async def _sort(frames: Subscription, feeds: dict[str, CameraFeed], metrics: KeyframeMetrics) -> None:
    """Each frame into its camera's mailbox; frames of cameras that the site does not have are counted only."""
    async for message in frames:
        feed = feeds.get(message.envelope.camera.camera)
        if not isinstance(message, FrameMessage) or feed is None or feed.ref != message.envelope.camera:
            metrics.unknown.inc()
        elif feed.mailbox.put(message):
            metrics.skipped.labels(feed.ref.camera).inc()
        del message  # a camera that is paused sends no next one in its place
