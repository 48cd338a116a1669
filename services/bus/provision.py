"""Creates the leaf's stream OUT as the identity `bridge`: the room's publishers may not create streams.

Once, as a process beside the leaf that is started before the room's services; or, with keep_s, for as long as the leaf
runs, so that one that lost its disk has its stream again. Reads VEILWARD_BRIDGE_*.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from pydantic import Field

from services.bus.errors import BusUnavailable
from services.bus.nats_bus import connected, ensure_streams
from services.bus.settings import BusSettings
from services.runtime.health import Health
from services.runtime.lifecycle import every, live
from services.runtime.logging import get_logger, log_event
from services.runtime.metrics import PROCESS, Metrics
from services.runtime.process import Process, run_process
from services.runtime.settings import service_config

_log = get_logger("bridge")


class BridgeSettings(BusSettings):
    """keep_s: look every so many seconds whether the stream is there, until told to stop; None: make it and leave."""

    model_config = service_config("BRIDGE")

    keep_s: float | None = Field(default=None, gt=0.0, le=3600.0)


async def provision(settings: BusSettings, metrics: Metrics = PROCESS) -> None:
    """Connect as `bridge`, make OUT as declared, and leave. Raises BusRefused, BusUnavailable."""
    async with connected(settings, "bridge", metrics) as bus:
        await ensure_streams(bus)
    log_event(_log, "streams_ready")


async def keep(settings: BridgeSettings, period_s: float, process: Process) -> None:
    """Make OUT wherever it is missing, until the process is to stop. Raises BusRefused, and what `live` raises."""
    health, there = Health(), asyncio.Event()
    health.add_check("stream", there.is_set)
    async with connected(settings, "bridge", process.metrics) as bus:

        async def look() -> None:
            try:
                await ensure_streams(bus)
                there.set()
            except BusUnavailable as error:
                there.clear()
                log_event(_log, "stream_waits", logging.WARNING, reason=str(error))

        await live(process, settings, health, loops=[partial(every, period_s, look)], drain=_nothing)


async def _nothing() -> None:
    """What there is to drain."""


async def serve(settings: BridgeSettings, process: Process) -> None:
    """Done once the stream is there, or kept until told to stop."""
    if settings.keep_s is None:
        await provision(settings, process.metrics)
    else:
        await keep(settings, settings.keep_s, process)


def main() -> None:
    """Entry point: `python -m services.bus.provision`."""
    run_process("bridge", BridgeSettings, serve)


if __name__ == "__main__":
    main()
