"""The running service: WHIP in, frames and states out, until told to stop; then it drains."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import partial

from aiohttp import web

from services.bus.nats_bus import Bus
from services.bus.states import LOOK_S, StateReporter
from services.ingest.cameras import Camera, cameras_of
from services.ingest.endpoint import Endpoint, EndpointOptions
from services.ingest.ice import gather_on
from services.ingest.limits import Rate
from services.ingest.metrics import IngestMetrics
from services.ingest.outbox import Outbox
from services.ingest.publisher import FramePublisher
from services.ingest.sessions import SessionOptions, Sessions
from services.ingest.settings import IngestSettings
from services.runtime.errors import UnusableFile
from services.runtime.health import Health
from services.runtime.lifecycle import every, live
from services.runtime.process import Process
from services.site.records import Site

SWEEP_S = 1.0


def tls_context(settings: IngestSettings) -> ssl.SSLContext:
    """HTTPS from TLS 1.2 on: cameras' clients are not all new. Raises UnusableFile."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        raise UnusableFile(settings.tls_cert, f"no PEM with its key: {type(error).__name__}") from None
    return context


async def run(settings: IngestSettings, site: Site, bus: Bus, process: Process) -> None:
    """Serve until the process is to stop, then drain. Raises UnusableFile, OSError and what `live` raises."""
    gather_on(settings.ice_addresses)
    clock = process.clock
    cameras = cameras_of(site, settings.state_policy, clock.now())
    metrics = IngestMetrics(process.metrics, cameras)
    outbox = Outbox()
    publisher = FramePublisher(bus, cameras, metrics, clock)
    reporter = _reporter(cameras, bus, metrics, process, settings.heartbeat_s)
    options = SessionOptions(settings.liveness, settings.sample_period_s, settings.max_lag_s)
    health = Health()
    health.add_check("bus", lambda: bus.connected)
    async with contextlib.AsyncExitStack() as closing, asyncio.TaskGroup() as tasks:
        sessions = Sessions(cameras, options, outbox, metrics, clock, tasks)
        endpoint = Endpoint(site, sessions, _endpoint_options(settings), metrics, clock)
        port = await _listen(endpoint.application(), settings, closing)

        async def drain() -> None:
            await sessions.drain()
            now = clock.now()
            for camera in cameras.values():
                camera.watch.conclude(now)
            await reporter.publish_all()

        loops = [
            partial(publisher.run, outbox),
            partial(every, LOOK_S, reporter.tick),
            partial(every, SWEEP_S, sessions.sweep),
        ]
        await live(process, settings, health, loops=loops, drain=drain, ports={"whip": port})


def _reporter(
    cameras: dict[str, Camera], bus: Bus, metrics: IngestMetrics, process: Process, heartbeat_s: float
) -> StateReporter:
    refs = {name: camera.ref for name, camera in cameras.items()}
    clock = process.clock
    return StateReporter(
        "ingest", refs, lambda name: cameras[name].condition(clock.now()), bus, metrics.states, clock, heartbeat_s
    )


def _endpoint_options(settings: IngestSettings) -> EndpointOptions:
    return EndpointOptions(
        body_limit_bytes=settings.body_limit_bytes,
        body_timeout_s=settings.body_timeout_s,
        cors_origin=settings.cors_origin,
        posts=Rate(settings.posts_burst, settings.posts_per_s),
        links=[server.link() for server in settings.ice_servers],
    )


async def _listen(app: web.Application, settings: IngestSettings, closing: contextlib.AsyncExitStack) -> int:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.whip_host, settings.whip_port, ssl_context=tls_context(settings))
    await site.start()
    port: int = runner.addresses[0][1]
    return port
