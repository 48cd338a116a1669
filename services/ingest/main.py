"""Entry point `veilward-ingest`: settings from VEILWARD_INGEST_*, the site, the bus, then the service."""

from __future__ import annotations

import asyncio
import logging
import sys

from services.bus.errors import BusError, SiteError
from services.bus.nats_bus import Bus
from services.bus.site import Site
from services.ingest.ice import gather_on
from services.ingest.service import run
from services.ingest.settings import IngestSettings
from services.runtime.errors import RuntimeFault
from services.runtime.logging import configure, log_event
from services.runtime.settings import load
from services.runtime.shutdown import harden, stop_event

QUIET = ("aiortc", "aioice", "aiohttp", "libav", "asyncio")
"""Third-party loggers that name peers' addresses or print packets below WARNING."""


async def _serve(settings: IngestSettings) -> None:
    stop = stop_event()
    site = Site.load(settings.site_file)
    gather_on(settings.ice_addresses)
    bus = await Bus.connect(settings, "ingest")
    try:
        await run(settings, site, bus, stop)
    finally:
        await bus.close(settings.drain_s)


def main() -> None:
    """Run until SIGTERM or SIGINT; exit 2 when the configuration is wrong, 1 when the bus cannot be reached."""
    harden()
    try:
        settings = load(IngestSettings)
        logger = configure("ingest", settings.log_level)
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
        asyncio.run(_serve(settings))
    except (RuntimeFault, SiteError) as error:
        print(f"veilward-ingest: {error}", file=sys.stderr)
        sys.exit(2)
    except BusError as error:
        log_event(logger, "bus_unavailable", logging.ERROR, kind=type(error).__name__)
        sys.exit(1)
    log_event(logger, "stopped")


if __name__ == "__main__":
    main()
