"""The room's scorer: crops in, levels out, by secure inference with the edge. Holds faces in memory only."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress

from services.bus.errors import BusError, SiteError
from services.bus.nats_bus import Bus, ensure_streams
from services.bus.site import Site
from services.runtime.errors import RuntimeFault
from services.runtime.health import Health, start_health
from services.runtime.logging import configure
from services.runtime.ports import write_port_file
from services.runtime.settings import load
from services.runtime.shutdown import harden, leave, stop_event
from services.snni_client.edge import Edge
from services.snni_client.metrics import ClientMetrics
from services.snni_client.reporter import Reporter
from services.snni_client.scorer import Scorer
from services.snni_client.settings import Settings
from snni.errors import HandshakeError
from snni.twoparty.session.client import Session


def check_crops(site: Site, session: Session) -> None:
    """Every camera's crop must be what the plan takes, and the plan must end in the four levels.

    Raises:
        HandshakeError: field "input".
    """
    channels, height, width = session.plan.input_shape
    served = f"{height}x{width}x{channels}"
    for camera in site.camera_ids:
        wanted = site.entry(camera).crop
        if wanted != served:
            raise HandshakeError("input", f"camera {camera} sends {wanted} crops, the network takes {served}")
    if session.plan.levels != 4:
        raise HandshakeError("input", f"the network has {session.plan.levels} levels, pain has 4")


async def run(settings: Settings, logger: logging.Logger, stop: asyncio.Event) -> None:
    """Serve until stop is set, then finish the crop in hand for at most settings.drain_s seconds."""
    site = Site.load(settings.site_file)
    metrics = ClientMetrics(site.camera_ids)
    bus = await Bus.connect(settings, "snni_client")
    await ensure_streams(bus, crop_max_age_s=settings.crop_max_age_s)
    edge = Edge(settings, metrics, logger, lambda session: check_crops(site, session))
    scorer = Scorer(settings, bus, edge, metrics, logger)
    reporter = Reporter(site, bus, edge, scorer, settings.heartbeat_s)
    health = Health()
    health.add_check("bus", lambda: bus.connected)
    health.add_check("edge", lambda: edge.status in ("scoring", "filling"))
    endpoint = await start_health(health, settings.health_host, settings.health_port)
    edge.start()
    write_port_file(settings.port_file, {"health": endpoint.port})
    async with asyncio.TaskGroup() as group:
        scoring = group.create_task(scorer.run(stop))
        group.create_task(reporter.run(stop))
        await stop.wait()
        health.set_draining()
        with suppress(TimeoutError):
            await asyncio.wait_for(scorer.idle.wait(), settings.drain_s)
        scoring.cancel()
    edge.close()
    await bus.close(settings.drain_s)
    await endpoint.close()


def main() -> None:
    """Entry point: `veilward-snni-client`. Exit status 1, with one line, when what it was given is bad."""
    harden()

    async def serve(settings: Settings) -> None:
        await run(settings, configure("snni_client", settings.log_level), stop_event())

    try:
        asyncio.run(serve(load(Settings)))
    except (RuntimeFault, SiteError, BusError, OSError) as error:
        sys.exit(f"veilward-snni-client: {error}")
    leave()


if __name__ == "__main__":
    main()
