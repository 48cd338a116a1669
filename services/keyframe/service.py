"""The running service: frames in, crops and view states out, until told to stop; then it drains."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from services.bus.messages import FrameMessage
from services.bus.nats_bus import Bus
from services.bus.site import Site
from services.bus.subjects import FRAMES_ALL
from services.bus.subscription import Subscription
from services.keyframe.examiner import Examiner
from services.keyframe.keyframe_metrics import KeyframeMetrics
from services.keyframe.publisher import Publisher
from services.keyframe.settings import KeyframeSettings
from services.keyframe.states import StateReporter
from services.keyframe.watch import Handler, Watch
from services.runtime.clock import Clock, SystemClock
from services.runtime.health import Health, start_health
from services.runtime.metrics import PROCESS, Metrics
from services.runtime.ports import write_port_file

STATE_TICK_S = 0.25


async def run(
    settings: KeyframeSettings,
    site: Site,
    bus: Bus,
    stop: asyncio.Event,
    *,
    clock: Clock | None = None,
    metrics: Metrics = PROCESS,
    ready: Callable[[int], None] | None = None,
) -> None:
    """Serve until `stop` is set, then drain for at most settings.drain_s seconds.

    ready: called once with the bound health port.
    Raises BusRefused (in an exception group) when this identity may not hear frames.
    """
    time = clock or SystemClock()
    watches = {
        camera: Watch(site.camera(camera), site.entry(camera).crop, settings.selection, settings.view)
        for camera in site.camera_ids
    }
    series = KeyframeMetrics(metrics, watches)
    examiner = Examiner(time, min_face_px=settings.min_face_px, min_confidence=settings.min_confidence)
    publisher = Publisher(bus, series, time)
    handler = Handler(examiner, publisher, series, time)
    reporter = StateReporter(watches, publisher, series, time, settings.heartbeat_s)
    health = Health()
    health.add_check("bus", lambda: bus.connected)
    health.add_vital("examiner", lambda: examiner.alive)
    frames = await bus.subscribe(FRAMES_ALL, pending=4 * len(watches))
    async with contextlib.AsyncExitStack() as closing, asyncio.TaskGroup() as tasks:
        closing.callback(examiner.close)
        server = await start_health(health, settings.health_host, settings.health_port, metrics)
        closing.push_async_callback(server.close)
        loops = [
            tasks.create_task(_sort(frames, watches, series)),
            tasks.create_task(_every(STATE_TICK_S, reporter.tick)),
            *(tasks.create_task(handler.follow(watch)) for watch in watches.values()),
        ]
        write_port_file(settings.port_file, {"health": server.port})
        if ready is not None:
            ready(server.port)
        await stop.wait()
        health.set_draining()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings.drain_s):
                await reporter.tick()
        for loop in loops:
            loop.cancel()


async def _sort(frames: Subscription, watches: dict[str, Watch], metrics: KeyframeMetrics) -> None:
    """Each frame into its camera's mailbox; frames of cameras that the site does not have are counted only."""
    async for message in frames:
        watch = watches.get(message.envelope.camera.camera)
        if not isinstance(message, FrameMessage) or watch is None or watch.ref != message.envelope.camera:
            metrics.unknown.inc()
        elif watch.mailbox.put(message):
            metrics.skipped.labels(watch.ref.camera).inc()


async def _every(period_s: float, step: Callable[[], Awaitable[None]]) -> None:
    while True:
        await step()
        await asyncio.sleep(period_s)
