"""The running service: sources of video in, frames and states out, until told to stop; then it drains."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from functools import partial

from services.bus.nats_bus import Bus
from services.bus.states import LOOK_S, StateReporter
from services.ingest.button_page.page import ButtonPage
from services.ingest.cameras import cameras_of
from services.ingest.consent.hearing import gate_of, listen
from services.ingest.frames.allocation import bound_blocks
from services.ingest.frames.outbox import Outbox
from services.ingest.frames.pipeline import FramePipeline, PipelineOptions
from services.ingest.frames.publisher import FramePublisher
from services.ingest.https_server import serving
from services.ingest.metrics import IngestMetrics
from services.ingest.settings import IngestSettings
from services.ingest.setup_page.page import SetupPage
from services.ingest.setup_page.sign_in import SignIn
from services.ingest.setup_page.switch import Switch
from services.ingest.setup_page.viewfinder import Viewfinder
from services.ingest.sources.rtsp.source import rtsp_pullers
from services.ingest.sources.whep.source import whep_pullers
from services.ingest.sources.whip.source import listening
from services.runtime.health import Health
from services.runtime.lifecycle import Loop, every, live
from services.runtime.process import Process
from services.site.records import Site


async def run(settings: IngestSettings, site: Site, bus: Bus, process: Process) -> None:
    """Serve until the process is to stop, then drain.

    Raises SettingsError, UnusableFile, OSError and what `live` raises.
    """
    bound_blocks()
    clock = process.clock
    cameras = cameras_of(site, settings.state_policy, clock.now(), settings.shutters)
    metrics = IngestMetrics(process.metrics, cameras, {ref.camera for ref in site.test_cameras})
    gate = gate_of(settings.consent_keys, settings.consent_store, cameras, metrics, clock)
    outbox = Outbox()
    publisher = FramePublisher(bus, cameras, metrics, clock)
    options = PipelineOptions(settings.sample_period_s, settings.max_lag_s)
    switch = Switch(settings.setup_token, clock)
    viewfinder = Viewfinder(switch, lambda name: cameras[name].condition(clock.now()).status == "live")
    pipeline = FramePipeline(cameras, outbox, options, metrics, clock, viewfinder.show)
    reporter = StateReporter(
        "ingest",
        {name: camera.ref for name, camera in cameras.items()},
        lambda name: cameras[name].condition(clock.now()),
        bus,
        metrics.states,
        clock,
        settings.heartbeat_s,
    )
    health = Health()
    health.add_check("bus", lambda: bus.connected)
    rtsp = rtsp_pullers(settings.rtsp, site, cameras, pipeline, metrics, clock)
    whep = whep_pullers(settings.whep, site, cameras, pipeline, metrics, clock)
    async with listening(settings.whip, site, cameras, pipeline, metrics, clock) as whip:

        async def drain() -> None:
            ending = asyncio.gather(whip.drain(), rtsp.drain(), whep.drain())
            await asyncio.wait({ending}, timeout=settings.drain_s / 2)  # a peer that does not answer hides no state
            now = clock.now()
            for camera in cameras.values():
                camera.tracker.conclude(now)
            await reporter.publish_all()

        loops: list[Loop] = [partial(publisher.run, outbox), partial(every, LOOK_S, reporter.tick)]
        loops += [whip.run, rtsp.run, whep.run]
        loops.append(partial(every, LOOK_S, viewfinder.sweep))
        if gate is not None:
            loops.append(partial(listen, bus, gate))
        page = SetupPage(site, cameras, switch, SignIn(switch), viewfinder, clock)
        button = None if gate is None else ButtonPage(site, gate)
        async with _page(settings, page, whip.context) as ports, _button(settings, button, whip.context) as more:
            ports = {"whip": whip.port, **ports, **more}
            await live(process, settings, health, loops=loops, drain=drain, ports=ports)


@contextlib.asynccontextmanager
async def _page(settings: IngestSettings, page: SetupPage, tls: ssl.SSLContext) -> AsyncIterator[dict[str, int]]:
    """The set-up page's port, where there is a file that can switch it on."""
    if settings.setup_token is None:
        yield {}
        return
    async with serving(page.application(), settings.setup_host, settings.setup_port, tls) as port:
        yield {"setup": port}


@contextlib.asynccontextmanager
async def _button(
    settings: IngestSettings, page: ButtonPage | None, tls: ssl.SSLContext
) -> AsyncIterator[dict[str, int]]:
    """The port of the room's pause button, where it is to be."""
    if page is None or settings.button_port is None:
        yield {}
        return
    async with serving(page.application(), settings.button_host, settings.button_port, tls) as port:
        yield {"button": port}
