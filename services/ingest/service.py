"""The running service: WHIP in, frames and states out, until told to stop; then it drains."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from services.bus.nats_bus import Bus
from services.bus.site import Site
from services.ingest.cameras import cameras_of
from services.ingest.endpoint import Endpoint, EndpointOptions
from services.ingest.ingest_metrics import IngestMetrics
from services.ingest.limits import Rate
from services.ingest.outbox import Outbox
from services.ingest.publisher import Publisher
from services.ingest.sessions import SessionOptions, Sessions
from services.ingest.settings import IngestSettings
from services.ingest.states import StateReporter
from services.runtime.clock import Clock, SystemClock
from services.runtime.health import Health, start_health
from services.runtime.metrics import PROCESS, Metrics
from services.runtime.ports import write_port_file

STATE_TICK_S = 0.25
SWEEP_S = 1.0


@dataclass(frozen=True)
class Ports:
    """The bound ports."""

    whip: int
    health: int


def tls_context(settings: IngestSettings) -> ssl.SSLContext:
    """HTTPS from TLS 1.2 on: cameras' clients are not all new. Raises OSError, ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


async def run(
    settings: IngestSettings,
    site: Site,
    bus: Bus,
    stop: asyncio.Event,
    *,
    clock: Clock | None = None,
    metrics: Metrics = PROCESS,
    ready: Callable[[Ports], None] | None = None,
) -> None:
    """Serve until `stop` is set, then drain for at most settings.drain_s seconds.

    ready: called once with the bound ports.
    """
    time = clock or SystemClock()
    cameras = cameras_of(site, settings.state_policy, time.now())
    series = IngestMetrics(metrics, cameras)
    outbox = Outbox()
    publisher = Publisher(bus, cameras, series, time)
    reporter = StateReporter(cameras, publisher, series, time, settings.heartbeat_s)
    options = SessionOptions(settings.liveness, settings.sample_period_s, settings.max_lag_s)
    health = Health()
    health.add_check("bus", lambda: bus.connected)
    async with contextlib.AsyncExitStack() as closing, asyncio.TaskGroup() as tasks:
        sessions = Sessions(cameras, options, outbox, series, time, tasks)
        endpoint = Endpoint(site, sessions, _endpoint_options(settings), series, time)
        whip_port = await _serve(endpoint.application(), settings, closing)
        server = await start_health(health, settings.health_host, settings.health_port, metrics)
        closing.push_async_callback(server.close)
        loops = [
            tasks.create_task(publisher.publish_frames(outbox)),
            tasks.create_task(_every(STATE_TICK_S, reporter.tick)),
            tasks.create_task(_every(SWEEP_S, sessions.sweep)),
        ]
        write_port_file(settings.port_file, {"whip": whip_port, "health": server.port})
        if ready is not None:
            ready(Ports(whip_port, server.port))
        await stop.wait()
        health.set_draining()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings.drain_s):
                await sessions.drain()
                await reporter.tell_all()
        for loop in loops:
            loop.cancel()


def _endpoint_options(settings: IngestSettings) -> EndpointOptions:
    return EndpointOptions(
        body_limit_bytes=settings.body_limit_bytes,
        body_timeout_s=settings.body_timeout_s,
        cors_origin=settings.cors_origin,
        posts=Rate(settings.posts_burst, settings.posts_per_s),
        links=[server.link() for server in settings.ice_servers],
    )


async def _serve(app: web.Application, settings: IngestSettings, closing: contextlib.AsyncExitStack) -> int:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.whip_host, settings.whip_port, ssl_context=tls_context(settings))
    await site.start()
    port: int = runner.addresses[0][1]
    return port


async def _every(period_s: float, step: Callable[[], Awaitable[None]]) -> None:
    while True:
        await step()
        await asyncio.sleep(period_s)
