"""Entry point `veilward-ingest`: the site, the bus, then the service, with settings from VEILWARD_INGEST_*.

`veilward-ingest discover` lists the cameras of the network instead.
"""

from __future__ import annotations

import sys

from services.bus.nats_bus import connected
from services.ingest.discovery.command import main as discover
from services.ingest.service import run
from services.ingest.settings import IngestSettings
from services.runtime.process import Process, run_process
from services.site.file import load_site


async def serve(settings: IngestSettings, process: Process) -> None:
    """Connect and run. Raises SiteError, BusError and what `run` raises."""
    site = load_site(settings.site_file)
    async with connected(settings, "ingest", process.metrics) as bus:
        await run(settings, site, bus, process)


def main() -> None:
    """Entry point; `run_process` says how it ends, and `discover` how that does."""
    if sys.argv[1:2] == ["discover"]:
        sys.exit(discover(sys.argv[2:]))
    run_process("ingest", IngestSettings, serve, ["discover"])


if __name__ == "__main__":
    main()
