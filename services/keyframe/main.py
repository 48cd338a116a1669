"""Entry point `veilward-keyframe`: settings from VEILWARD_KEYFRAME_*, the site, the bus, then the service."""

from __future__ import annotations

import asyncio
import logging
import sys

from services.bus.errors import BusError, BusRefused, SiteError
from services.bus.nats_bus import Bus
from services.bus.site import Site
from services.keyframe.service import run
from services.keyframe.settings import KeyframeSettings
from services.runtime.errors import RuntimeFault
from services.runtime.logging import configure, log_event
from services.runtime.settings import load
from services.runtime.shutdown import harden, stop_event


async def _serve(settings: KeyframeSettings) -> None:
    stop = stop_event()
    site = Site.load(settings.site_file)
    bus = await Bus.connect(settings, "keyframe")
    try:
        await run(settings, site, bus, stop)
    except ExceptionGroup as group:
        if group.split(BusError)[1] is not None:
            raise
        raise BusRefused("the bus ended the subscription") from None
    finally:
        await bus.close(settings.drain_s)


def main() -> None:
    """Run until SIGTERM or SIGINT; exit 2 when the configuration is wrong, 1 when the bus cannot be reached."""
    harden()
    try:
        settings = load(KeyframeSettings)
        logger = configure("keyframe", settings.log_level)
        asyncio.run(_serve(settings))
    except (RuntimeFault, SiteError) as error:
        print(f"veilward-keyframe: {error}", file=sys.stderr)
        sys.exit(2)
    except BusError as error:
        log_event(logger, "bus_unavailable", logging.ERROR, kind=type(error).__name__)
        sys.exit(1)
    log_event(logger, "stopped")


if __name__ == "__main__":
    main()
