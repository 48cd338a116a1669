"""Creates the leaf's stream OUT, once, as the identity `bridge`: the room's publishers may not create streams.

Started before the room's services (a one-shot process beside the leaf). Reads VEILWARD_BRIDGE_*.
"""

from __future__ import annotations

from services.bus.nats_bus import connected, ensure_streams
from services.bus.settings import BusSettings
from services.runtime.logging import get_logger, log_event
from services.runtime.metrics import PROCESS, Metrics
from services.runtime.process import Process, run_process
from services.runtime.settings import service_config

_log = get_logger("bridge")


class BridgeSettings(BusSettings):
    """The common settings; only those of the connection matter here."""

    model_config = service_config("BRIDGE")


async def provision(settings: BusSettings, metrics: Metrics = PROCESS) -> None:
    """Connect as `bridge`, make OUT as declared, and leave. Raises BusRefused, BusUnavailable."""
    async with connected(settings, "bridge", metrics) as bus:
        await ensure_streams(bus)
    log_event(_log, "streams_ready")


async def serve(settings: BridgeSettings, process: Process) -> None:
    """Done once the stream is there."""
    await provision(settings, process.metrics)


def main() -> None:
    """Entry point: `python -m services.bus.provision`."""
    run_process("bridge", BridgeSettings, serve)


if __name__ == "__main__":
    main()
