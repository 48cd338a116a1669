"""Creates the leaf's stream OUT, once, as the identity `bridge`: the room's publishers may not create streams.

Started before the room's services (a one-shot process beside the leaf). Reads VEILWARD_BRIDGE_*.
"""

from __future__ import annotations

import asyncio

from services.bus.nats_bus import Bus, ensure_streams
from services.runtime.logging import configure, log_event
from services.runtime.settings import ServiceSettings, load, service_config


class BridgeSettings(ServiceSettings):
    """The common settings; only those of the connection matter here."""

    model_config = service_config("BRIDGE")


async def provision(settings: ServiceSettings) -> None:
    """Connect as `bridge`, make OUT as declared, and leave. Raises BusRefused, BusUnavailable."""
    bus = await Bus.connect(settings, "bridge")
    try:
        await ensure_streams(bus)
    finally:
        await bus.close(settings.drain_s)


def main() -> None:
    """Entry point: `python -m services.bus.provision`."""
    settings = load(BridgeSettings)
    logger = configure("bridge", settings.log_level)
    asyncio.run(provision(settings))
    log_event(logger, "streams_ready")


if __name__ == "__main__":
    main()
